/// An interface statistics block: the packet counts of a file's only interface while the file was written.
///
/// ``dropped`` counts all packets that are missing from the file, whatever the cause: dumpcap writes that, and it is
/// the only number that Wireshark shows. ``accepted`` = ``droppedBySystem`` + ``delivered`` + the packets that the
/// writer itself lost.
///
/// Source: draft-ietf-opsawg-pcapng, section 4.6.
public struct InterfaceStatistics: Equatable, Sendable {
    /// Timestamps of the first and the last packet in the file, in ticks, see
    /// ``Precision/ticks(seconds:nanoseconds:)``.
    public var first, last: UInt64
    /// Packets that the kernel passed to the filter, as far as it reports them.
    public var received: UInt64
    public var dropped: UInt64
    /// Packets that the filter accepted, including those lost later.
    public var accepted: UInt64
    public var droppedBySystem: UInt64
    /// Packets in the file.
    public var delivered: UInt64

    public init(
        first: UInt64, last: UInt64, received: UInt64, dropped: UInt64, accepted: UInt64, droppedBySystem: UInt64,
        delivered: UInt64
    ) {
        (self.first, self.last, self.received, self.dropped) = (first, last, received, dropped)
        (self.accepted, self.droppedBySystem, self.delivered) = (accepted, droppedBySystem, delivered)
    }

    /// The size of the block, in bytes.
    public static let size = 112

    /// The block, as in the file.
    public var bytes: [UInt8] {
        var block = BlockBytes(.statistics, 0, UInt32(truncatingIfNeeded: last >> 32), UInt32(truncatingIfNeeded: last))
        block.append(.startTime, time: first)
        block.append(.endTime, time: last)
        block.append(.received, count: received)
        block.append(.dropped, count: dropped)
        block.append(.accepted, count: accepted)
        block.append(.droppedBySystem, count: droppedBySystem)
        block.append(.delivered, count: delivered)
        return block.finished()
    }
}

extension InterfaceStatistics {
    /// Parses a block in the form that ``bytes`` has, which is how Holdfast's segments end; nil for anything else.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == InterfaceStatistics.size else { return nil }
        /// The value of the option at a position. Each of these options takes 12 bytes.
        func value(_ place: Int) -> UInt64 {
            bytes[(24 + 12 * place)..<(32 + 12 * place)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        func time(_ place: Int) -> UInt64 { value(place) << 32 | value(place) >> 32 }
        self.init(
            first: time(0), last: time(1), received: value(2), dropped: value(3), accepted: value(4),
            droppedBySystem: value(5), delivered: value(6))
        guard self.bytes == bytes else { return nil }
    }
}
