import CaptureFiles
import Foundation
import Pcap
import Segments

/// Files of the corpus, by path.
enum Captures {
    static let folder: String? = {
        if Corpus.folder == nil { print("skipped: tests with real captures: \(Corpus.missing)") }
        return Corpus.folder?.path
    }()

    /// The named files that exist.
    static func paths(_ names: String...) -> [String] {
        names.compactMap { name in folder.map { "\($0)/\(name)" } }.filter(FileManager.default.fileExists)
    }

    struct Packet: Equatable {
        var wireLength: UInt32
        var bytes: [UInt8]
    }

    /// The packets of a file up to its end or to the first damage.
    static func packets(of path: String) throws -> [Packet] {
        var file = try CaptureFileReader(path)
        var packets: [Packet] = []
        do {
            while let packet = try file.next() {
                let bytes = unsafe packet.bytes.withUnsafeBytes { unsafe Array($0) }
                packets.append(Packet(wireLength: packet.wireLength, bytes: bytes))
            }
        } catch {}  // damage, which comes after the packets
        return packets
    }
}
