import Foundation

/// Runs other programs.
public enum Command {
    public struct Result: Sendable {
        public var status: Int32
        public var output: String
        public var errors: String
    }

    /// A program that could not be run or that failed.
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    /// The path of a program; nil if it is not installed.
    public static func path(of program: String) -> String? {
        if program.contains("/") { return FileManager.default.isExecutableFile(atPath: program) ? program : nil }
        let path: [Substring] = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return (path + ["/usr/sbin", "/sbin"]).map { "\($0)/\(program)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    /// Runs a program to its end. `output: false` discards its output.
    public static func run(_ program: String, _ arguments: [String], output: Bool = true) throws -> Result {
        guard let path = path(of: program) else { throw Failure(description: "\(program) is not installed") }
        let errors = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        let printed = output ? errors + ".output" : "/dev/null"
        defer {
            try? FileManager.default.removeItem(atPath: errors)
            if output { try? FileManager.default.removeItem(atPath: printed) }
        }
        let status = try ChildProcess(path, arguments, output: printed, errors: errors).wait()
        return Result(status: status, output: output ? text(printed) : "", errors: text(errors))
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// Runs a program that must succeed; returns its output.
    @discardableResult
    public static func check(_ program: String, _ arguments: [String]) throws -> String {
        let result = try run(program, arguments)
        guard result.status == 0 else {
            let line = ([program] + arguments).joined(separator: " ")
            throw Failure(description: "\(line): exit code \(result.status): \(result.errors)\(result.output)")
        }
        return result.output
    }

    /// Runs ip(8) with the words of `line`.
    @discardableResult
    public static func ip(_ line: String) throws -> String {
        try check("ip", line.split(separator: " ").map(String.init))
    }
}
