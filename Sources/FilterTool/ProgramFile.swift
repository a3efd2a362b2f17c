public import BPF
import Linux

/// A file with a program in it.
public enum ProgramFile {
    /// Some 4096 instructions with much comment; less than what a wrong path (a capture, a device) would pour into memory.
    private static let maximumSize = 4 << 20

    /// So many mistakes are shown: a file with more of them is no program at all.
    private static let shownMistakes = 20

    /// Reads a program in assembly, in decimal or as a C array; `-` is standard input. Throws the mistakes in it.
    public static func read(_ path: String) throws -> Program {
        let text = try text(of: path)
        do throws(SourceError) {
            return try Program(text: text)
        } catch {
            let lines = error.mistakes.prefix(shownMistakes).map { "\(path):\($0)" }
            let rest = error.mistakes.count - lines.count
            throw CommandError((lines + (rest > 0 ? ["and \(rest) more mistakes"] : [])).joined(separator: "\n"))
        }
    }

    private static func text(of path: String) throws -> String {
        var bytes: [UInt8] = []
        var file = try InputFile(argument: path)
        while bytes.count <= maximumSize {
            let chunk = try file.read(upTo: 1 << 16)
            if chunk.isEmpty {
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw CommandError("\(path) is no program: it is not UTF-8 text")
                }
                return text
            }
            bytes += chunk
        }
        throw CommandError("\(path) is no program: it is longer than \(maximumSize) bytes")
    }
}
