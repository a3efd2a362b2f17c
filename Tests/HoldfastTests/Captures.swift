import Foundation
import Pcap

/// Real captures, no part of this package: a folder `shared/pcaps` beside it or beside one of the folders it is in, or
/// wherever HOLDFAST_PCAPS says.
enum Captures {
    static let folder: String? = {
        if let path = ProcessInfo.processInfo.environment["HOLDFAST_PCAPS"] { return path }
        var place = URL(fileURLWithPath: #filePath)
        while place.path != "/" {
            place.deleteLastPathComponent()
            let folder = place.appendingPathComponent("shared/pcaps").path
            if FileManager.default.fileExists(atPath: folder) { return folder }
        }
        print("skipped: tests with real captures, as there are none (HOLDFAST_PCAPS names their folder)")
        return nil
    }()

    /// Those among the named ones that are there.
    static func paths(_ names: String...) -> [String] {
        names.compactMap { name in folder.map { "\($0)/\(name)" } }.filter(FileManager.default.fileExists)
    }

    struct Packet: Equatable {
        var wireLength: UInt32
        var bytes: [UInt8]
    }

    /// The packets of a file up to its end or its damage.
    static func packets(of path: String) throws -> [Packet] {
        var rest = Array(try Data(contentsOf: URL(fileURLWithPath: path)))[...]
        var reader = CaptureReader()
        var packets: [Packet] = []
        do throws(CaptureDamage) {
            while reader.wantsBytes {
                reader.fill { buffer in
                    let next = rest.prefix(buffer.byteCount)
                    rest = rest.dropFirst(next.count)
                    unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: next) }
                    return next.count
                }
                while let packet = try reader.next() {
                    let bytes = unsafe packet.bytes.withUnsafeBytes { unsafe Array($0) }
                    packets.append(Packet(wireLength: packet.wireLength, bytes: bytes))
                }
            }
        } catch {}  // damage, which comes after the packets
        return packets
    }
}
