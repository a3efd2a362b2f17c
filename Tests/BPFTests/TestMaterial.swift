import CPcap
import Foundation

@testable import BPF

/// Compiled filters and real packets from beside the project; none where there are none (`Vectors` says so).
enum TestMaterial {
    /// The programs of all vectors that the kernel takes, each once: by hand, and by libpcap, optimized and not.
    static func programs() throws -> [VerifiedProgram] {
        guard Vectors.exist else { return [] }
        var seen: Set<Program> = []
        return try allPrograms().filter { seen.insert($0.program).inserted }.compactMap {
            try? VerifiedProgram($0.program)
        }
    }

    /// Some packets of each Ethernet capture among the smaller ones: `each` of them, spread over the file.
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
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_open_offline(path, &message) else { return [] }
        defer { unsafe pcap_close(handle) }
        guard unsafe pcap_datalink(handle) == DLT_EN10MB else { return [] }
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        var packets: [[UInt8]] = []
        while unsafe pcap_next_ex(handle, &header, &data) == 1 {
            guard let length = unsafe header?.pointee.caplen, let start = unsafe data else { break }
            packets.append(unsafe Array(UnsafeBufferPointer(start: start, count: Int(length))))
        }
        return packets
    }

    private static func contents(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
