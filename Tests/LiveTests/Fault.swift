import Foundation
import Glibc
import TestSupport
import Traffic

/// System calls of some threads that fail until the value ends, injected by strace(1).
struct Fault: ~Copyable {
    private let tracer: ChildProcess
    private let record: String

    /// `call` is a kind of call as in `-e trace`, or several with commas. `tasks` are threads, or processes with all
    /// their threads. With `paths`, only calls fail that name one of them or a descriptor of one.
    init(_ call: String, _ error: String, of tasks: [Int32], paths: [String] = [], in folder: String) throws {
        let record = folder + "/fault-" + UUID().uuidString
        let follow = paths.isEmpty ? [] : ["-f"]
        let tracer = try ChildProcess(
            try Fault.strace(),
            follow + Fault.options(call, error, paths: paths, record: record) + tasks.flatMap { ["-p", "\($0)"] },
            output: "/dev/null", errors: "/dev/null")
        try eventually("strace to take hold") {
            try tasks.allSatisfy { task in
                try String(contentsOfFile: "/proc/\(task)/status", encoding: .utf8).contains(
                    "TracerPid:\t\(tracer.id)\n")
            }
        }
        (self.tracer, self.record) = (tracer, record)
    }

    /// Ends the fault. Returns how many calls failed.
    consuming func end() throws -> Int {
        kill(tracer.id, SIGTERM)
        try eventually("strace to let go") { !tracer.isRunning }
        return count
    }

    /// How many calls have failed so far.
    var count: Int { Fault.count(in: record) }

    static func count(in record: String) -> Int {
        let text = String(decoding: FileManager.default.contents(atPath: record) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").count { $0.contains("(INJECTED)") }
    }

    /// The command line that runs a program of which calls on `paths` fail.
    static func wrapper(_ call: String, _ error: String, paths: [String], record: String) -> [String] {
        ["strace", "-f"] + options(call, error, paths: paths, record: record)
    }

    private static func options(_ call: String, _ error: String, paths: [String], record: String) -> [String] {
        ["-qq", "-o", record, "-e", "signal=none", "-e", "trace=\(call)", "-e", "inject=\(call):error=\(error)"]
            + paths.flatMap { ["-P", $0] }
    }

    private static func strace() throws -> String {
        guard let path = Command.path(of: "strace") else { throw Late(what: "strace, which is not installed") }
        return path
    }
}
