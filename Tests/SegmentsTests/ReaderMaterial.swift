import CaptureFiles
import Foundation
import Linux
import Pcap
import Segments
import Zstd

/// How a file reaches a reader.
enum Delivery: CaseIterable {
    /// As a path to the uncompressed file.
    case plain
    /// As a path to the file compressed as one frame of several blocks, as Holdfast writes it.
    case compressed
    /// Through a pipe.
    case stream

    /// Calls `body` with a reader of a file of these bytes, which begins at `place`.
    func read<Result>(
        _ bytes: [UInt8], at place: CapturePlace? = nil, isOpen: Bool = false,
        _ body: (inout CaptureFileReader) throws -> Result
    ) throws -> Result {
        if self == .stream { return try Delivery.streaming(bytes, at: place, isOpen: isOpen, body) }
        return try withFile(self == .compressed ? packed(bytes) : bytes) { path in
            var reader =
                if let place {
                    try CaptureFileReader(InputFile(path), at: place, isOpen: isOpen)
                } else {
                    try CaptureFileReader(InputFile(path), isOpen: isOpen)
                }
            return try body(&reader)
        }
    }

    private static func streaming<Result>(
        _ bytes: [UInt8], at place: CapturePlace?, isOpen: Bool, _ body: (inout CaptureFileReader) throws -> Result
    ) throws -> Result {
        let pipe = Pipe()
        let writer = Thread {
            // A reader that stops early closes the pipe.
            signal(SIGPIPE, SIG_IGN)
            try? pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
            try? pipe.fileHandleForWriting.close()
        }
        writer.start()
        let file = try InputFile(Descriptor(owning: dup(pipe.fileHandleForReading.fileDescriptor)), path: "pipe")
        try pipe.fileHandleForReading.close()
        var reader =
            if let place { try CaptureFileReader(file, at: place, isOpen: isOpen) } else {
                CaptureFileReader(file, isOpen: isOpen)
            }
        return try body(&reader)
    }
}

/// Writes a file that is removed after `body`.
@discardableResult
func withFile<Result>(_ bytes: [UInt8], suffix: String = "", _ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString + suffix
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(filePath: path))
    return try body(path)
}

/// A frame that contains the bytes in three parts, like those of three hold buffers. `isFinished`: whether it has its
/// end.
func packed(_ bytes: [UInt8], isFinished: Bool = true) throws -> [UInt8] {
    var encoder = try FrameEncoder()
    let (first, second) = (bytes.count / 3, bytes.count * 2 / 3)
    let blocks = try [bytes[..<first], bytes[first..<second], bytes[second...]].filter { !$0.isEmpty }.flatMap {
        piece in
        var room = [UInt8](repeating: 0, count: FrameEncoder.bound(piece.count))
        var span = room.mutableSpan
        var free = unsafe span.mutableBytes
        let count = unsafe try encoder.encode(Array(piece).span.bytes, into: &free)
        return Array(room[..<count])
    }
    return blocks + (isFinished ? FrameEncoder.ending : [])
}

extension Reading {
    /// Reads the remaining packets of a file, and its damage.
    init(restOf reader: inout CaptureFileReader) {
        self.init()
        do {
            while let packet = try reader.next() { packets.append(Packet(packet)) }
        } catch {
            complaint = error.sentence
        }
    }

    /// Reads a file with the tested reader.
    init(_ bytes: [UInt8], by delivery: Delivery, isOpen: Bool = false) throws {
        self = try delivery.read(bytes, isOpen: isOpen) { Reading(restOf: &$0) }
    }
}

extension CaptureFileError {
    /// The error without the path.
    var sentence: String {
        switch self {
        case .system(let error): "\(error)"
        case .damaged(_, let damage): "\(damage)"
        case .undecodable(_, let damage): "\(damage)"
        }
    }
}

/// A small file of each kind.
enum SmallFile: String, CaseIterable {
    case pcap, pcapNano, pcapBigEndian, pcapng, pcapngBigEndian, sections, ours

    var bytes: [UInt8] { pieces.flatMap { $0 } }

    /// The headers, records and blocks, one by one.
    var pieces: [[UInt8]] {
        switch self {
        case .pcap: SmallFile.pcap(bigEndian: false)
        case .pcapBigEndian: SmallFile.pcap(bigEndian: true)
        case .pcapNano:
            [PcapHeader(precision: .nano, snapLength: 100, linkType: .rawIP).bytes]
                + SmallFile.pcap(bigEndian: false)[1...]
        case .pcapng: SmallFile.section(bigEndian: false)
        case .pcapngBigEndian: SmallFile.section(bigEndian: true)
        case .sections: SmallFile.section(bigEndian: true) + SmallFile.section(bigEndian: false)
        case .ours: SmallFile.own
        }
    }

    private static func piece(bigEndian: Bool, _ body: (inout HandMade) -> Void) -> [UInt8] {
        var file = HandMade(isBigEndian: bigEndian)
        body(&file)
        return file.bytes
    }

    private static func pcap(bigEndian: Bool) -> [[UInt8]] {
        [piece(bigEndian: bigEndian) { $0.header() }]
            + (1...3).map { number in
                piece(bigEndian: bigEndian) { $0.record(Array(repeating: UInt8(number), count: number * 7)) }
            }
    }

    /// A section whose interfaces have two link types and resolutions. One is described between packets, and one block
    /// is skipped.
    private static func section(bigEndian: Bool) -> [[UInt8]] {
        let parts: [(inout HandMade) -> Void] = [
            { $0.section() },
            { $0.interface((9, [9])) },
            { $0.enhancedPacket(ticks: 1 << 60, [1, 2, 3]) },
            { $0.block(0x0bad) { $0.append(1 as UInt32, 2) } },
            { $0.enhancedPacket(ticks: 2 << 59, [4]) },
            { $0.interface(linkType: 101, (2, Array("tun0".utf8)), (9, [3])) },
            { $0.enhancedPacket(interface: 1, ticks: 1_700_000_000_123, wireLength: 60, [5, 6]) },
            { $0.enhancedPacket(interface: 0, ticks: 3 << 59, [7, 8, 9, 10]) },
        ]
        return parts.map { piece(bigEndian: bigEndian, $0) }
    }

    /// A file as the daemon writes it: with lost packets, and statistics at the end.
    private static let own: [[UInt8]] = {
        let header = PcapngHeader(
            hardware: "abacus", system: "CP/M 2", application: "Holdfast", interface: "eth0", host: "hall",
            filter: "port 53", precision: .nano, snapLength: 100, linkType: .ethernet)
        let start: UInt64 = 1 << 60
        let packets = (1...3).map { (number: Int) -> [UInt8] in
            let bytes = Array(repeating: UInt8(number), count: number * 7)
            return EnhancedPacket(
                ticks: start + UInt64(number), capturedLength: UInt32(bytes.count), wireLength: 60, flags: .outbound,
                lost: number == 2 ? 2 : 0
            ).bytes(around: bytes)
        }
        let statistics = InterfaceStatistics(
            first: start + 1, last: start + 3, received: 5, dropped: 2, accepted: 5, droppedBySystem: 2, delivered: 3)
        let section = Int(header.bytes[4])
        return [Array(header.bytes[..<section]), Array(header.bytes[section...])] + packets + [statistics.bytes]
    }()
}
