import Foundation

@testable import BPF

/// Compiled filters and real packets from outside the project; empty if they are not available (`Vectors` reports
/// it).
enum TestMaterial {
    /// All distinct programs of the vectors that the kernel accepts: hand-written, and by libpcap with and without
    /// optimization.
    static func programs() throws -> [VerifiedProgram] {
        guard Vectors.exist else { return [] }
        var seen: Set<Program> = []
        return try allPrograms().filter { seen.insert($0.program).inserted }.compactMap {
            try? VerifiedProgram($0.program)
        }
    }

    /// Packets of each Ethernet capture among the smaller ones: `each` of them, spread over the file.
    static func packets(each: Int) -> [[UInt8]] {
        guard let vectors = Vectors.folder?.path, let index = contents("\(vectors)/../pcaps/small/INDEX.tsv") else {
            return []
        }
        return index.split(separator: "\n").flatMap { line -> [[UInt8]] in
            let name = line.prefix { $0 != "\t" }
            let packets = capture("\(vectors)/../pcaps/small/\(name)")
            let step = max(1, packets.count / each)
            return stride(from: 0, to: packets.count, by: step).map { packets[$0] }
        }
    }

    private static func capture(_ path: String) -> [[UInt8]] {
        guard let file = try? Savefile(path: path), file.isEthernet else { return [] }
        return file.packets().map(\.bytes)
    }

    private static func contents(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
