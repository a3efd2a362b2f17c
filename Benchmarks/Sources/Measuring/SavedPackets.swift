public import Pcap
import SystemPackage

/// The packets of capture files in one piece of memory, one after the other, as in a ring block.
public struct SavedPackets: Sendable {
    public struct Packet: Sendable {
        public let offset: Int
        public let captured: Int
        public let wireLength: UInt32
    }

    public private(set) var bytes: [UInt8] = []
    public private(set) var packets: [Packet] = []
    public let linkType: LinkType

    /// Reads whole files, whose packets must all be of the link type.
    public init(_ paths: some Sequence<String>, of linkType: LinkType = .ethernet) throws {
        self.linkType = linkType
        for path in paths {
            do { try append(path) } catch { throw Failure("\(path): \(error)") }
        }
        guard !packets.isEmpty else { throw Failure("the files have no packets") }
    }

    private mutating func append(_ path: String) throws {
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
                append(packet)
            }
        }
    }

    private mutating func append(_ packet: borrowing PacketRecord) {
        packets.append(
            Packet(offset: bytes.count, captured: packet.capturedLength, wireLength: packet.wireLength))
        unsafe packet.bytes.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// How many packets `isAccepted` accepts. Inlined, so that a measured loop has no call that its owner did not write.
    @inlinable @inline(__always)
    public func count(where isAccepted: (RawSpan, _ wireLength: UInt32) -> Bool) -> Int {
        let bytes = unsafe bytes.span.bytes
        let list = packets.span
        var count = 0
        for index in list.indices {
            let packet = list[index]
            // The range is the packet's, written when its bytes were appended.
            let data = unsafe bytes.extracting(unchecked: packet.offset..<packet.offset + packet.captured)
            if isAccepted(data, packet.wireLength) { count += 1 }
        }
        return count
    }
}

/// Why there is nothing to measure, in a sentence.
public struct Failure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
