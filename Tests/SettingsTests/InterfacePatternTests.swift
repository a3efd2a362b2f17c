import Settings
import Testing

struct InterfacePatternTests {
    @Test(arguments: [
        ("eth0", "eth0"), ("*", "eth0"), ("*", ".hidden"), ("eth*", "eth"), ("eth*", "eth10"), ("eth?", "eth1"),
        ("eth[0-2]", "eth2"), ("eth[!0-2]", "eth3"), ("eth[^0]", "eth3"), ("[]x]0", "]0"), ("wl*s0", "wlp3s0"),
        ("a\\b", "ab"), ("a\\b", "a\\b"), ("a\\\\b", "a\\b"), ("eth\\*", "eth*"), ("\\[z]", "[z]"),
    ])
    func `a pattern matches as in the shell`(_ pattern: String, _ name: String) {
        #expect(InterfacePattern(pattern).matches(name))
    }

    @Test(arguments: [
        ("eth0", "eth00"), ("eth0", "Eth0"),
        ("eth*", "wlan0"), ("eth?", "eth10"), ("eth?", "eth"), ("eth[0-2]", "eth3"), ("eth[!0-2]", "eth1"),
        ("a\\b", "ab\\"), ("eth\\*", "eth0"), ("", "eth0"),
    ])
    func `and nothing else`(_ pattern: String, _ name: String) {
        #expect(!InterfacePattern(pattern).matches(name))
    }

    @Test(arguments: [
        ("eth0", false), ("a.b-c@d", false), ("*", true), ("eth?", true), ("eth[01]", true), ("eth\\*", false),
    ])
    func `a name is no pattern`(_ text: String, _ isPattern: Bool) {
        #expect(InterfacePattern(text).isPattern == isPattern)
    }

    @Test(arguments: ["averylongpattern-*", "[]x]", "no", "1e3", "fifteen-letters", "x[!]a]"])
    func `any name the kernel takes can be written`(_ text: String) throws {
        let settings = try settings("captures: { a: { interface: '\(text)' } }")
        #expect(settings.captures.first?.interface == InterfaceSelection(text))
    }
}
