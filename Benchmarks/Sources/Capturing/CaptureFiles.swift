import Foundation
import Traffic

/// A temporary folder below the current one, on the same disk. Removed when the value is destroyed.
public struct CaptureFiles: ~Copyable {
    public let path: String

    public init() throws {
        path = FileManager.default.currentDirectoryPath + "/captures-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// All files in the folder, including hidden ones.
    public var all: [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).map { "\(path)/\($0)" }
    }

    /// The packets in all capture files whose names contain `text`, by capinfos(1).
    public func packets(inNamesWith text: String) throws -> UInt64 {
        let files = all.filter { $0.split(separator: "/").last?.contains(text) == true }
        guard !files.isEmpty else { return 0 }
        let output = try Command.run("capinfos", ["-M", "-T", "-r", "-c"] + files).output
        return output.split(separator: "\n").compactMap { $0.split(separator: "\t").last.flatMap { UInt64($0) } }
            .reduce(0, +)
    }
}
