import Foundation
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite("Directories and files")
struct DirectoryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Missing directories are created without access for others")
    func makes() throws {
        let before = umask(0)
        defer { umask(before) }
        let directory = try Directory(making: folder.path + "/a/b")
        try directory.checkWritable()
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/a/b")[.posixPermissions]
        #expect(mode as? Int == 0o750)
        _ = try Directory(making: folder.path + "/a/b")
    }

    @Test("A directory that cannot be created is reported with its path and the reason")
    func cannotMake() throws {
        try folder.write("", to: "file")
        let error = #expect(throws: SystemError.self) { try makeAndDrop(folder.path + "/file/below") }
        #expect(error?.errno == .notDirectory)
        #expect("\(try #require(error))".contains(folder.path + "/file/below: Not a directory"))
    }

    private func makeAndDrop(_ path: String) throws { _ = try Directory(making: path) }

    @Test("Creating a file opens neither an existing file nor the target of a link")
    func creates() throws {
        try folder.write("precious", to: "taken")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: folder.path + "/taken")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/dangling", withDestinationPath: folder.path + "/nowhere")
        for name in ["taken", "link", "dangling"] {
            let error = #expect(throws: SystemError.self) { try createAndDrop(name) }
            #expect(error?.errno == .fileExists)
        }
        #expect(try folder.contents(of: "taken") == "precious")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/nowhere"))
        let directory = try Directory(folder.path)
        let isThere = try (directory.contains("dangling"), directory.contains("free"))
        #expect(isThere == (true, false))
    }

    @Test("A directory that cannot be searched throws, and does not report a missing name")
    func unknown() throws {
        let error = #expect(throws: SystemError.self) {
            try Directory(folder.path).contains(String(repeating: "x", count: 300))
        }
        #expect(error?.errno == .fileNameTooLong)
    }

    @Test("A file has a name only while the name leads to that file")
    func names() throws {
        let directory = try Directory(folder.path)
        let file = try directory.create("one")
        #expect(try directory.contains(file, as: "one"))
        try directory.rename("one", to: "two")
        try folder.write("another", to: "one")
        let isNamed = try (directory.contains(file, as: "one"), directory.contains(file, as: "two"))
        #expect(isNamed == (false, true))
    }

    private func createAndDrop(_ name: String) throws { _ = try Directory(folder.path).create(name) }

    @Test("A rename replaces no file")
    func renames() throws {
        let directory = try Directory(folder.path)
        try folder.write("old", to: "old")
        try folder.write("precious", to: "taken")
        let error = #expect(throws: SystemError.self) { try Directory(folder.path).rename("old", to: "taken") }
        #expect(error?.errno == .fileExists)
        #expect(try folder.contents(of: "taken") == "precious")
        try directory.rename("old", to: "new")
        #expect(try folder.contents(of: "new") == "old")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/old"))
    }

    @Test("A file stores bytes at their offsets and can be truncated")
    func writes() throws {
        let directory = try Directory(folder.path)
        let file = try directory.create("file")
        let bytes = Array("hello world".utf8)
        unsafe try file.write(bytes.span.bytes, at: 0)
        unsafe try file.write(bytes.span.bytes, at: 11)
        try file.truncate(to: 16)
        try file.synchronize()
        try directory.synchronize()
        #expect(try folder.contents(of: "file") == "hello worldhello")
    }

    @Test("Only regular files are listed")
    func lists() throws {
        try folder.write("12345", to: "a")
        try FileManager.default.createDirectory(atPath: folder.path + "/b", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/c", withDestinationPath: "a")
        let files = try Directory(folder.path).files()
        #expect(files.map(\.name) == ["a"])
        #expect(files.map(\.size) == [5])
    }
}
