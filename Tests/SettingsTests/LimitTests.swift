import Foundation
import Settings
import Testing

/// Limits on the time and the output that a configuration can cause.
@Suite struct LimitTests {
    @Test("An expression that libpcap compiles too slowly is rejected with advice") func slowExpression() {
        // The text is not too long for an expression, but takes libpcap minutes.
        let hosts = (0..<3000).map { "host 10.\($0 / 250).\($0 % 250).1" }.joined(separator: " or ")
        let complaints = complaints("filters: { bad: '\(hosts)' }\ncaptures: { web: { interface: eth0, filter: bad } }")
        #expect(
            complaints.hasPrefix("f:1:17: filter 'bad': libpcap needs more than 2 s to compile it"), "\(complaints)")
        #expect(complaints.contains("'hosts: FILE'"), "\(complaints)")
    }

    @Test("Of 20,000 errors, 100 are reported and the rest are counted") func manyErrors() {
        var text = "filters:\n  dns: port 53\ncaptures:\n"
        for number in 0..<20_000 { text += "  c\(number): { interface: eth0, filter: dnss\(number) }\n" }
        let lines = complaints(text).split(separator: "\n")
        #expect(lines.count == 101)
        #expect(lines[0].hasPrefix("f:4:"))
        #expect(lines.last == "f:104:36: and 19900 more errors from here on")
    }

    @Test("A pipe is not a configuration, and reading it does not block") func pipe() throws {
        let path = FileManager.default.temporaryDirectory.path + "/holdfast-\(UUID().uuidString)"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        defer { unsafe _ = unlink(path) }
        let error = #expect(throws: ConfigurationError.self) { try Settings.load(path) }
        #expect(error?.description == "\(path):1:1: cannot read the file: it is not a regular file")
    }
}
