import Foundation
import Traffic

/// Runs the operator's command.
enum Holdfast {
    /// The path of the program, in the folder of the test runner, where the build puts it.
    static let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("holdfast").path

    /// Runs `holdfast filter ...`.
    static func filter(_ arguments: String...) throws -> Command.Result {
        try Command.run(binary, ["filter"] + arguments)
    }

    /// Runs a command line of the shell, in which `$holdfast` is the command.
    static func shell(_ line: String) throws -> Command.Result {
        try Command.run("sh", ["-c", "holdfast='\(binary)'; " + line])
    }

    /// Writes a temporary file that is removed after `body`.
    static func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        try withFile(Array(text.utf8), body)
    }

    static func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try body(path)
    }
}
