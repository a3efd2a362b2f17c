import Settings
import Testing

struct InterfacePatternTests {
    @Test(
        "A pattern matches as in a shell",
        arguments: [
            ("eth0", "eth0"), ("*", "eth0"), ("*", ".hidden"), ("eth*", "eth"), ("eth*", "eth10"), ("eth?", "eth1"),
            ("eth[0-2]", "eth2"), ("eth[!0-2]", "eth3"), ("eth[^0]", "eth3"), ("[]x]0", "]0"), ("wl*s0", "wlp3s0"),
            ("a\\b", "ab"), ("a\\b", "a\\b"), ("a\\\\b", "a\\b"), ("eth\\*", "eth*"), ("\\[z]", "[z]"),
        ])
    func matchingNames(_ pattern: String, _ name: String) {
        #expect(InterfacePattern(pattern).matches(name))
    }

    @Test(
        "A pattern does not match other names",
        arguments: [
            ("eth0", "eth00"), ("eth0", "Eth0"),
            ("eth*", "wlan0"), ("eth?", "eth10"), ("eth?", "eth"), ("eth[0-2]", "eth3"), ("eth[!0-2]", "eth1"),
            ("a\\b", "ab\\"), ("eth\\*", "eth0"), ("", "eth0"),
        ])
    func otherNames(_ pattern: String, _ name: String) {
        #expect(!InterfacePattern(pattern).matches(name))
    }

    @Test(
        "A text with an unescaped wildcard is a pattern",
        arguments: [
            ("eth0", false), ("a.b-c@d", false), ("*", true), ("eth?", true), ("eth[01]", true), ("eth\\*", false),
        ])
    func wildcards(_ text: String, _ isPattern: Bool) {
        #expect(InterfacePattern(text).isPattern == isPattern)
    }

    @Test(
        "Every name that the kernel accepts is valid",
        arguments: ["averylongpattern-*", "[]x]", "no", "1e3", "fifteen-letters", "x[!]a]"])
    func kernelNames(_ text: String) throws {
        let settings = try settings("captures: { a: { interface: '\(text)' } }")
        #expect(settings.captures.first?.interface == InterfaceSelection(text))
    }
}
