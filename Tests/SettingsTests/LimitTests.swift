import Foundation
import Settings
import Testing

/// What a configuration must not be able to do: take for ever, or tell for ever.
@Suite struct LimitTests {
    @Test func `an expression that libpcap needs long for is refused, with what to do`() {
        // No longer than an expression may be, and minutes for libpcap.
        let hosts = (0..<3000).map { "host 10.\($0 / 250).\($0 % 250).1" }.joined(separator: " or ")
        let complaints = complaints("filters: { bad: '\(hosts)' }\ncaptures: { web: { interface: eth0, filter: bad } }")
        #expect(complaints.hasPrefix("f:1:17: filter 'bad': libpcap needs longer than 2 s for it"), "\(complaints)")
        #expect(complaints.contains("'hosts: FILE'"), "\(complaints)")
    }

    @Test func `tens of thousands of mistakes: a hundred are told`() {
        var text = "filters:\n  dns: port 53\ncaptures:\n"
        for number in 0..<20_000 { text += "  c\(number): { interface: eth0, filter: dnss\(number) }\n" }
        let lines = complaints(text).split(separator: "\n")
        #expect(lines.count == 101)
        #expect(lines[0].hasPrefix("f:4:"))
        #expect(lines.last == "f:104:36: and 19900 more mistakes from here on")
    }

    @Test func `a configuration that is no file`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/holdfast-\(UUID().uuidString)"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        defer { unsafe _ = unlink(path) }
        let error = #expect(throws: ConfigurationError.self) { try Settings.load(path) }
        #expect(error?.description == "\(path):1:1: cannot read it: it is not a regular file")
    }
}
