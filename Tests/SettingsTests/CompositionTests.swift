import Settings
import Testing

struct CompositionTests {
    /// The expression that a capture gets from these filters when it names the filter `it`.
    private func composed(_ filters: String...) throws -> String? {
        let map = filters.map { "  \($0)\n" }.joined()
        return try settings(configuration(capture: "filter: it", "filters:\n\(map)")).captures.first?.filter?.source
            .expression
    }

    @Test func `a filter without names stays as it is`() throws {
        #expect(try composed("it: tcp port 80 or tcp port 443") == "tcp port 80 or tcp port 443")
    }

    @Test func `a name is replaced by its filter in parentheses`() throws {
        #expect(
            try composed("dns: port 53", "web: tcp port 80", "it: not (@dns or @web)")
                == "not ((port 53) or (tcp port 80))")
    }

    @Test func `names insert names, in whatever order they stand`() throws {
        #expect(
            try composed("it: 'not @both'", "both: '@dns or @web'", "dns: port 53", "web: tcp port 80")
                == "not ((port 53) or (tcp port 80))")
    }

    @Test func `a name ends where no letter of a name follows`() throws {
        #expect(try composed("a.b-c_1: tcp", "it: '(@a.b-c_1)and not@a.b-c_1 or udp'") == "((tcp))and not(tcp) or udp")
    }

    @Test func `white space around an expression is no part of it`() throws {
        #expect(try composed("web: |\n    tcp\n    port 80\n", "it: '  not @web '") == "not (tcp\nport 80)")
    }

    @Test func `a composed filter knows its name and where it stands`() throws {
        let settings = try settings(configuration(capture: "filter: it", "filters:\n  it:   port 53"))
        let place = Position(file: "f", line: 4, column: 9)
        #expect(
            settings.captures.first?.filter
                == ComposedFilter(name: "it", source: .expression("port 53"), position: place))
    }

    // Ethernet refuses the last two; radiotap takes both, as its optimizer does not see that the last matches nothing.
    @Test(arguments: ["vlan 5 and arp", "inbound", "wlan addr1 00:11:22:33:44:55", "ip and ip6"])
    func `one kind of interface that can use a filter is enough`(_ expression: String) throws {
        #expect(try composed("it: \(expression)") == expression)
    }

    @Test func `a filter must fit the kernel, and the complaint is about the longest that must`() {
        let long = (0..<1450).map { "ip[\($0)]=1" }.joined(separator: " or ")
        let complaint = complaints(configuration("filters:\n  long: \(long)\n  longer: tcp and @long"))
        // How many instructions they are is libpcap's business.
        #expect(complaint.hasPrefix("f:4:9: filter 'long': the filter has "))
        #expect(complaint.hasSuffix(" instructions, but the kernel takes 4096 at most"))
        #expect(!complaint.contains("\n"))
    }

    @Test func `text that doubles with every name has an end`() {
        let blank = String(repeating: " ", count: 30_000)
        let filters = "a: tcp or\(blank)udp\n  b: '@a or @a'\n  c: '@b or @b'\n  d: '@c or @c'"
        #expect(
            complaints(configuration("filters:\n  \(filters)"))
                == "f:6:6: filter 'c': composed, it is longer than 65536 characters")
    }
}
