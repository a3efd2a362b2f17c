import Settings
import Testing

struct CompositionTests {
    /// The expression of a capture that uses the filter `it`, one of these filters.
    private func composed(_ filters: String...) throws -> String? {
        let map = filters.map { "  \($0)\n" }.joined()
        return try settings(configuration(capture: "filter: it", "filters:\n\(map)")).captures.first?.filter?.source
            .expression
    }

    @Test("A filter without names stays unchanged") func withoutNames() throws {
        #expect(try composed("it: tcp port 80 or tcp port 443") == "tcp port 80 or tcp port 443")
    }

    @Test("A name is replaced by its filter in parentheses") func replacement() throws {
        #expect(
            try composed("dns: port 53", "web: tcp port 80", "it: not (@dns or @web)")
                == "not ((port 53) or (tcp port 80))")
    }

    @Test("Filters can insert filters, in any order of definition") func nestedNames() throws {
        #expect(
            try composed("it: 'not @both'", "both: '@dns or @web'", "dns: port 53", "web: tcp port 80")
                == "not ((port 53) or (tcp port 80))")
    }

    @Test("A name ends before a character that no name contains") func endOfName() throws {
        #expect(try composed("a.b-c_1: tcp", "it: '(@a.b-c_1)and not@a.b-c_1 or udp'") == "((tcp))and not(tcp) or udp")
    }

    @Test("White space around an expression is removed") func whiteSpace() throws {
        #expect(try composed("web: |\n    tcp\n    port 80\n", "it: '  not @web '") == "not (tcp\nport 80)")
    }

    @Test("A composed filter has its name and its position") func nameAndPosition() throws {
        let settings = try settings(configuration(capture: "filter: it", "filters:\n  it:   port 53"))
        let place = Position(file: "f", line: 4, column: 9)
        #expect(
            settings.captures.first?.filter
                == ComposedFilter(name: "it", source: .expression("port 53"), position: place))
    }

    // Ethernet rejects the last two. Radiotap accepts both, as its optimizer does not see that the last one matches
    // nothing.
    @Test(
        "A filter is valid if one kind of interface accepts it",
        arguments: ["vlan 5 and arp", "inbound", "wlan addr1 00:11:22:33:44:55", "ip and ip6"])
    func oneKindSuffices(_ expression: String) throws {
        #expect(try composed("it: \(expression)") == expression)
    }

    @Test("A filter too long for the kernel is an error, and the filters that insert it are not reported")
    func tooLongForKernel() {
        let long = (0..<1450).map { "ip[\($0)]=1" }.joined(separator: " or ")
        let complaint = complaints(configuration("filters:\n  long: \(long)\n  longer: tcp and @long"))
        // The number of instructions depends on libpcap.
        #expect(complaint.hasPrefix("f:4:9: filter 'long': the filter has "))
        #expect(complaint.hasSuffix(" instructions, more than the kernel's limit of 4096"))
        #expect(!complaint.contains("\n"))
    }

    @Test("Text that doubles with every inserted name is limited") func doublingText() {
        let blank = String(repeating: " ", count: 30_000)
        let filters = "a: tcp or\(blank)udp\n  b: '@a or @a'\n  c: '@b or @b'\n  d: '@c or @c'"
        #expect(
            complaints(configuration("filters:\n  \(filters)"))
                == "f:6:6: filter 'c': with its filters inserted, it is longer than 65536 characters")
    }
}
