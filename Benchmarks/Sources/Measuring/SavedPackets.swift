public import Pcap
import SystemPackage

/// The packets of capture files, consecutive in memory, as in a ring.
///
/// Unsafe here: the memory, which only this class allocates and frees, and which holds every packet of `packets`. A
/// measured loop gets pointers into it, as a tap does from its ring.
@safe public final class SavedPackets {
    @safe @usableFromInline struct Packet {
        @usableFromInline let start: UnsafeRawPointer
        @usableFromInline let captured: UInt32
        @usableFromInline let wireLength: UInt32
    }

    @usableFromInline let packets: [Packet]
    public let linkType: LinkType
    private let memory: UnsafeMutableRawBufferPointer

    public var count: Int { packets.count }

    /// Reads whole files. All packets must have the link type.
    public convenience init(_ paths: some Sequence<String>, of linkType: LinkType = .ethernet) throws {
        var found: [(bytes: [UInt8], wireLength: UInt32)] = []
        for path in paths {
            do { try SavedPackets.read(path, of: linkType) { found.append(($0, $1)) } } catch {
                throw Failure("\(path): \(error)")
            }
        }
        guard !found.isEmpty else { throw Failure("the files have no packets") }
        self.init(found, linkType)
    }

    private init(_ found: some Collection<(bytes: [UInt8], wireLength: UInt32)>, _ linkType: LinkType) {
        unsafe memory = .allocate(byteCount: found.reduce(0) { $0 + $1.bytes.count }, alignment: 16)
        var packets: [Packet] = []
        var end = 0
        for packet in found {
            guard let start = unsafe memory.baseAddress.map({ unsafe $0 + end }) else { break }
            for (offset, byte) in packet.bytes.enumerated() {
                unsafe start.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            }
            unsafe packets.append(
                Packet(
                    start: UnsafeRawPointer(start), captured: UInt32(packet.bytes.count), wireLength: packet.wireLength)
            )
            end += packet.bytes.count
        }
        self.packets = packets
        self.linkType = linkType
    }

    deinit { unsafe memory.deallocate() }

    private static func read(_ path: String, of linkType: LinkType, _ body: ([UInt8], UInt32) -> Void) throws {
        let file = try FileDescriptor.open(FilePath(path), .readOnly)
        defer { try? file.close() }
        var reader = CaptureReader()
        while reader.wantsBytes {
            try reader.fill { buffer in
                try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            }
            while let packet = try reader.next() {
                guard packet.linkType == linkType else {
                    throw Failure("packet \(packet.number) is \(packet.linkType.name), not \(linkType.name)")
                }
                unsafe packet.bytes.withUnsafeBytes { unsafe body(Array($0), packet.wireLength) }
            }
        }
    }

    /// The number of packets that `isAccepted` accepts. Inlined, so that a measured loop has no additional call.
    @inlinable @inline(__always)
    public func count(where isAccepted: (RawSpan, _ wireLength: UInt32) -> Bool) -> Int {
        sum { isAccepted($0, $1) ? 1 : 0 }
    }

    /// The sum of the results of `work` for all packets.
    @inlinable @inline(__always)
    public func sum(of work: (RawSpan, _ wireLength: UInt32) -> Int) -> Int {
        var sum = 0
        for packet in packets {
            let bytes = unsafe RawSpan(_unsafeStart: packet.start, byteCount: Int(packet.captured))
            sum &+= work(bytes, packet.wireLength)
        }
        return sum
    }

    /// The packets in blocks of up to 1 MiB, as a tap gets them from its ring.
    public var blocks: [SavedPackets] {
        var blocks: [SavedPackets] = []
        var (block, size) = (packets.startIndex..<packets.startIndex, 0)
        func close() {
            blocks.append(
                SavedPackets(
                    packets[block].map {
                        (unsafe Array(UnsafeRawBufferPointer(start: $0.start, count: Int($0.captured))), $0.wireLength)
                    }, linkType))
        }
        for (index, packet) in packets.enumerated() {
            if size + Int(packet.captured) > 1 << 20 {
                close()
                (block, size) = (index..<index, 0)
            }
            block = block.lowerBound..<index + 1
            size += Int(packet.captured)
        }
        close()
        return blocks
    }
}

/// The message of an error that prevents a measurement.
public struct Failure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
