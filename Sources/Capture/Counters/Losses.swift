/// Packets lost on the way to a store's segments, for file formats that report losses: per segment and before each
/// packet. Drops in the ring of a tap with several captures count for each of them.
struct Losses: Sendable {
    /// Packets lost since the previous segment ended, by cause.
    private(set) var ring: UInt64 = 0
    private(set) var hold: UInt64 = 0
    private(set) var disk: UInt64 = 0
    /// Packets lost for any cause since the previous packet, or since the previous segment ended.
    private(set) var beforeNextPacket: UInt64 = 0
    /// The writer's total at the last reading.
    private var diskDropped: UInt64 = 0

    mutating func add(ring count: UInt64) {
        ring += count
        beforeNextPacket += count
    }

    mutating func addHold() {
        hold += 1
        beforeNextPacket += 1
    }

    /// Adds what the writer has counted since the last call.
    mutating func note(diskDropped total: UInt64) {
        let count = total - diskDropped
        disk += count
        beforeNextPacket += count
        diskDropped = total
    }

    /// Notes that the next packet was appended.
    mutating func packetCame() { beforeNextPacket = 0 }

    /// Notes that the segment has ended.
    mutating func segmentEnded() { (ring, hold, disk, beforeNextPacket) = (0, 0, 0, 0) }
}
