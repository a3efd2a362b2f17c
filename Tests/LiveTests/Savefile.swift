import CLinux
import CPcap
import Foundation

/// A capture file as read by libpcap, which defines the format.
struct Savefile {
    /// A packet record.
    struct Packet: Equatable {
        var seconds: Int
        var nanoseconds: Int
        var bytes: [UInt8]
        var wireLength: Int
    }

    /// The link type in the header.
    let linkType: Int32
    let snapLength: Int32
    let packets: [Packet]

    /// Reads a whole file.
    init(_ path: String) throws {
        var packets: [Packet] = []
        (linkType, snapLength) = try Savefile.read(path) { seconds, nanoseconds, wireLength, bytes in
            let copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
            packets.append(Packet(seconds: seconds, nanoseconds: nanoseconds, bytes: copy, wireLength: wireLength))
        }
        self.packets = packets
    }

    /// Reads a file to its end and passes each packet to `show`: seconds, nanoseconds, length on the wire, bytes.
    ///
    /// Throws libpcap's error. See pcap_open_offline(3) and pcap_next_ex(3).
    @discardableResult
    static func read(
        _ path: String, _ show: (Int, Int, Int, RawSpan) -> Void
    ) throws -> (linkType: Int32, snapLength: Int32) {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        let precision = UInt32(PCAP_TSTAMP_PRECISION_NANO)
        guard let file = unsafe pcap_open_offline_with_tstamp_precision(path, precision, &message) else {
            let text = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            throw ReadFailure(path: path, text: String(decoding: text, as: UTF8.self))
        }
        defer { unsafe pcap_close(file) }
        while true {
            var header: UnsafeMutablePointer<pcap_pkthdr>?
            var data: UnsafePointer<UInt8>?
            let result = unsafe pcap_next_ex(file, &header, &data)
            if result == PCAP_ERROR_BREAK { return unsafe (pcap_datalink(file), pcap_snapshot(file)) }
            guard result == 1, let record = unsafe header?.pointee, let first = unsafe data else {
                throw ReadFailure(path: path, text: unsafe String(cString: pcap_geterr(file)))
            }
            let bytes = unsafe RawSpan(_unsafeStart: first, byteCount: Int(record.caplen))
            show(record.ts.tv_sec, record.ts.tv_usec, Int(record.len), bytes)
        }
    }

    /// libpcap's error message.
    struct ReadFailure: Error, CustomStringConvertible {
        let path: String
        let text: String
        var description: String { "libpcap about \(path): \(text)" }
    }
}
