import BPF
import Foundation
import Settings
import Testing

/// Filters that are programs in files.
@Suite struct ProgramFilterTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("holdfast-\(UUID().uuidString)")
        .path

    /// Loads a configuration from a directory that contains `program` as `syn.bpf`.
    private func settings(_ program: String, filters: String = "") throws -> Settings {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try program.write(toFile: folder + "/syn.bpf", atomically: true, encoding: .utf8)
        let text = """
            filters:
              handmade: { program: syn.bpf }
            \(filters)
            captures: { web: { interface: eth0, filter: handmade } }
            """
        try text.write(toFile: folder + "/f.yaml", atomically: true, encoding: .utf8)
        return try Settings.load(folder + "/f.yaml")
    }

    private static let arp = """
        ldh [12]
        jeq #0x806, keep, drop
        keep: ret #-1
        drop: ret #0
        """

    @Test(
        "A program is in assembly, in decimal or a C array, at a path relative to the configuration",
        arguments: 0...2)
    func forms(form: Int) throws {
        let program = try Program(assembly: ProgramFilterTests.arp)
        let text = [ProgramFilterTests.arp, program.decimal, program.cArray][form]
        let filter = try #require(settings(text).captures.first?.filter)
        #expect(filter.source == .program(program))
    }

    @Test("Each error in a program has its position, behind the position that names the file")
    func errors() throws {
        let error = #expect(throws: ConfigurationError.self) { try settings("ldh [12]\nfoo #1\nret #0") }
        #expect(
            error?.description.hasPrefix("\(folder)/f.yaml:2:24: filter 'handmade': \(folder)/syn.bpf:2:1: ") == true)
    }

    @Test(
        "The error about a file that is not a program does not disclose its contents",
        arguments: [
            "root:$6$secret:19000:0:99999:7:::\nbin:*:1:2\n", "secret\n", "password = secret\nldh [12]\n",
            "12345 secret\n", "-----BEGIN secret-----\nsecret\n", "{ secret }",
        ])
    func secrets(text: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try settings(text) }
        let complaint = try #require(error?.description)
        #expect(complaint.contains("not a program: it must be in assembly, in decimal or a C array"), "\(complaint)")
        #expect(!complaint.contains("secret") && !complaint.contains("root"), "\(complaint)")
    }

    @Test("Of 90,000 invalid lines, a few are reported and the rest are counted")
    func wrongLines() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try settings(String(repeating: "ldh [12]\nfoo 1\n", count: 45_000) + "ret #0\n")
        }
        let lines = try #require(error?.description).split(separator: "\n")
        #expect(lines.count == 21)
        #expect(lines.contains { $0.hasSuffix("and 44980 more errors") }, "\(lines)")
    }

    @Test("A pipe is not a program, and reading it does not block")
    func pipe() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(unsafe mkfifo(folder + "/syn.bpf", 0o600) == 0)
        try "filters: { handmade: { program: syn.bpf } }\ncaptures: { web: { interface: eth0 } }"
            .write(toFile: folder + "/f.yaml", atomically: true, encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) { try Settings.load(folder + "/f.yaml") }
        #expect(error?.description.contains("syn.bpf:1:1: cannot read the file: it is not a regular file") == true)
    }

    @Test("A program that the kernel rejects is an error")
    func refused() throws {
        let error = #expect(throws: ConfigurationError.self) { try settings("ld M[3]\nret a") }
        #expect(error?.description.hasPrefix("\(folder)/f.yaml:2:24: filter 'handmade': ") == true)
    }

    @Test("An expression cannot insert a program")
    func inserted() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try settings(ProgramFilterTests.arp, filters: "  odd: not @handmade")
        }
        #expect(
            error?.description
                == "\(folder)/f.yaml:3:12: filter 'odd': 'handmade' is a program; only expressions can be inserted")
    }
}
