package import BPF
import Linux

/// A file that contains a program.
package enum ProgramFile {
    /// Maximum size in bytes: enough for 4096 instructions with long comments. A wrong path, such as a capture file or
    /// a device, cannot exhaust memory.
    private static let maximumSize = 4 << 20

    /// The number of errors to show. A file with more of them is probably not a program.
    private static let mostProblems = 20

    /// Reads a program in assembly, in decimal or as a C array; `-` is standard input. Throws all errors in it.
    package static func read(_ path: String) throws -> Program {
        let text = try text(of: path)
        do throws(SourceError) {
            return try Program(text: text)
        } catch {
            let lines = error.problems.prefix(mostProblems).map { "\(path):\($0)" }
            let rest = error.problems.count - lines.count
            throw CommandError((lines + (rest > 0 ? ["and \(rest) more errors"] : [])).joined(separator: "\n"))
        }
    }

    private static func text(of path: String) throws -> String {
        var bytes: [UInt8] = []
        var file = try InputFile(argument: path)
        while bytes.count <= maximumSize {
            let chunk = try file.read(upTo: 1 << 16)
            if chunk.isEmpty {
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw CommandError("\(path) is not a program: it is not UTF-8 text")
                }
                return text
            }
            bytes += chunk
        }
        throw CommandError("\(path) is not a program: it is longer than \(maximumSize) bytes")
    }
}
