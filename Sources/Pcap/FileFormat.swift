/// The format of a capture file.
public enum FileFormat: String, CaseIterable, Sendable {
    case pcap, pcapng

    /// The size of the record of a packet with `capturedLength` bytes, in bytes.
    @inlinable public func recordSize(capturedLength: Int, isAfterLoss: Bool) -> Int {
        switch self {
        case .pcap: PcapRecordHeader.size + capturedLength
        case .pcapng: EnhancedPacket.size(capturedLength: capturedLength, isAfterLoss: isAfterLoss)
        }
    }

    /// The size of what ends a file, in bytes: the interface statistics of pcapng.
    @inlinable public var trailerSize: Int {
        switch self {
        case .pcap: 0
        case .pcapng: InterfaceStatistics.size
        }
    }
}
