import BPF
import Foundation
import Settings
import Testing

/// Filters that are lists of hosts in files.
@Suite struct HostFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("holdfast-\(UUID().uuidString)")
        .path

    /// Loads a configuration from a directory that contains `list` as `bad.txt`.
    private func settings(_ list: String, filters: String = "") throws -> Settings {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try list.write(toFile: folder + "/bad.txt", atomically: true, encoding: .utf8)
        return try settings(filters: filters)
    }

    private func settings(filters: String) throws -> Settings {
        let text = """
            filters:
              bad: { hosts: bad.txt }
            \(filters)
            captures: { web: { interface: eth0, filter: bad } }
            """
        try text.write(toFile: folder + "/f.yaml", atomically: true, encoding: .utf8)
        return try Settings.load(folder + "/f.yaml")
    }

    private func complaints(_ list: String, filters: String = "") -> String {
        do {
            _ = try settings(list, filters: filters)
            return ""
        } catch { return "\(error)".replacing(folder + "/", with: "") }
    }

    @Test("A list has addresses and networks of both families, comments, blank lines and any line ends")
    func listContents() throws {
        let list = "# bad ones\n\n192.0.2.7\n  10.0.0.0/8\t# ours\r\n2001:db8::/32\r\n::1\n0.0.0.0/32\n10.0.0.0/8"
        let filter = try #require(settings("\u{feff}" + list).captures.first?.filter)
        let hosts = HostList(
            ipv4: [0xc000_0207...0xc000_0207, 0x0a00_0000...0x0aff_ffff, 0...0],
            ipv6: [0x2001_0db8 << 96...(0x2001_0db8 << 96 | .max >> 32), 1...1])
        #expect(filter.source == .listed(ListedExpression([.hosts(name: "bad", hosts)])))
        #expect(filter.source.expression == "@bad")
    }

    @Test("Expressions insert lists by name") func listsInExpressions() throws {
        let settings = try settings(
            "192.0.2.7", filters: "  web: '@bad and port 443'\n  rest: not (@web or @bad)\n  all: not @rest")
        #expect(
            settings.filters.map(\.source.expression) == [
                "@bad", "@bad and port 443", "not ((@bad and port 443) or @bad)",
                "not (not ((@bad and port 443) or @bad))",
            ])
    }

    @Test("Each invalid line is reported with its position in the list") func invalidLines() {
        let list = "192.0.2.7\n  example.com\n10.0.0.1/8\n1.2.3.4 5.6.7.8\n::1/129\n1.2.3.4/x\n1.2.3\n2001:db8::1/32"
        #expect(
            complaints(list) == """
                bad.txt:2:3: this is not an address or a network, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32 (a \
                list of hosts has no names)
                bad.txt:3:1: the network has bits set after its prefix of 8 (clear them, or omit the prefix)
                bad.txt:4:9: a line must have only one address or network
                bad.txt:5:1: the prefix of an IPv6 network must be a number from 0 to 128
                bad.txt:6:1: the prefix of an IPv4 network must be a number from 0 to 32
                bad.txt:7:1: '1.2.3' is not an address or a network, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32 (a \
                list of hosts has no names)
                bad.txt:8:1: the network has bits set after its prefix of 32 (clear them, or omit the prefix)
                """)
    }

    @Test("The errors about a file that is not a list are limited and do not disclose its contents") func otherFile() {
        let complaints = complaints(String(repeating: "root:$6$secret:1:0\n", count: 90_000))
        #expect(complaints.split(separator: "\n").count == 21)
        #expect(complaints.hasSuffix("bad.txt:20:1: and 89980 more errors after it"))
        #expect(!complaints.contains("secret") && !complaints.contains("root"))
    }

    @Test("An empty list, a missing file and a file of another type are errors") func unusableFiles() throws {
        #expect(
            complaints("# none\n") == "bad.txt:1:1: the list is empty: a line must have one address or network")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func complaint() -> String {
            do {
                _ = try settings(filters: "")
                return ""
            } catch { return "\(error)".replacing(folder + "/", with: "") }
        }
        #expect(complaint() == "bad.txt:1:1: cannot read the file: No such file or directory")
        #expect(unsafe mkfifo(folder + "/bad.txt", 0o600) == 0)
        #expect(complaint() == "bad.txt:1:1: cannot read the file: it is not a regular file")
        unsafe _ = unlink(folder + "/bad.txt")
        unsafe _ = symlink("/dev/zero", folder + "/bad.txt")
        #expect(complaint() == "bad.txt:1:1: cannot read the file: it is not a regular file")
    }

    @Test("libpcap's error about an expression with a list has the position of the expression") func libpcapError() {
        #expect(
            complaints("192.0.2.7", filters: "  web: ip6 and @bad")
                == "f.yaml:3:8: filter 'web': libpcap: expression rejects all packets")
    }

    @Test("A list too long for the kernel is valid and is reported as a superset") func longList() throws {
        var list = ""
        for number in 0..<10_000 { list += "\(number % 200 + 1).\(number / 200 * 3).7.9\n" }
        let settings = try settings(list)
        let notes = settings.supersets
        #expect(notes.count == 1)
        let note = try #require(notes.first)
        #expect(note.message.hasPrefix("filter 'bad': kernel: superset, 10,000 addresses in "), "\(note)")
        #expect(note.line == 2 && note.column == 17)
    }
}
