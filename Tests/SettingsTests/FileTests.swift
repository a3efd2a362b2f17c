import Glibc
import Settings
import SystemPackage
import Testing

struct FileTests {
    /// The errors of a file.
    private func complaints(about path: String) -> String? {
        #expect(throws: ConfigurationError.self) { try Settings.load(path) }?.description
    }

    /// The errors of a new file with these bytes.
    private func complaints(about bytes: [UInt8], _ name: String) throws -> String? {
        let path = "/tmp/holdfast-settings-\(name)-\(UInt64.random(in: 0...UInt64.max)).yaml"
        let file = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
        defer { _ = unsafe path.withCString { unsafe unlink($0) } }
        try file.closeAfter { _ = try file.writeAll(bytes) }
        return complaints(about: path)?.replacing(path, with: "PATH")
    }

    @Test("A missing file is an error") func missingFile() {
        #expect(
            complaints(about: "/no/such.yaml")
                == "/no/such.yaml:1:1: cannot read the file: No such file or directory")
    }

    @Test("A directory is not a configuration") func directory() {
        #expect(complaints(about: "/") == "/:1:1: cannot read the file: Is a directory")
    }

    @Test("Bytes other than UTF-8 are an error") func otherBytes() throws {
        #expect(
            try complaints(about: [0xff, 0xfe, 0x00], "bytes")
                == "PATH:1:1: cannot read the file: it is not UTF-8 text")
    }

    @Test("The form of the log is known in spite of errors elsewhere; a file that is no YAML names none")
    func formOfLog() throws {
        for (text, form) in [
            ("log: json\ncaptures: { web: { interfase: eth0 } }", LogForm.json), ("log: auto", .auto), ("log: x", nil),
            ("captures: {}", nil), ("log: json\n  [", nil),
        ] {
            let path = "/tmp/holdfast-settings-log-\(UInt64.random(in: 0...UInt64.max)).yaml"
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
            defer { _ = unsafe path.withCString { unsafe unlink($0) } }
            try file.closeAfter { _ = try file.writeAll(text.utf8) }
            #expect(LogForm.named(in: path) == form, "\(text)")
        }
        #expect(LogForm.named(in: "/no/such.yaml") == nil)
    }

    @Test("A file longer than 1 MiB is an error") func tooLong() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20 + 1)
        #expect(try complaints(about: bytes, "large") == "PATH:1:1: cannot read the file: it is longer than 1MiB")
    }

    @Test("A file of the greatest length is read to its end") func greatestLength() throws {
        let end = [UInt8]("\nusage: x\n".utf8)
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20 - end.count) + end
        let complaint = try complaints(about: bytes, "full")
        #expect(
            complaint == """
                PATH:1:1: 'captures' is missing: it must name at least one capture
                PATH:2:1: unknown key 'usage'
                """)
    }
}
