/// What was lost on the way to a store's segments, for files that tell it: since the segment before ended, and since the
/// packet before. Packets lost in the ring of a tap with several captures count for each of them.
struct Losses: Sendable {
    /// Since the segment before ended.
    private(set) var ring: UInt64 = 0
    private(set) var hold: UInt64 = 0
    private(set) var disk: UInt64 = 0
    /// Of whatever cause, since the packet before, or since the segment before ended.
    private(set) var beforeNextPacket: UInt64 = 0
    /// The writer's count, the last time it was asked.
    private var diskDropped: UInt64 = 0

    mutating func add(ring count: UInt64) {
        ring += count
        beforeNextPacket += count
    }

    mutating func addHold() {
        hold += 1
        beforeNextPacket += 1
    }

    /// Takes over what the writer has counted so far.
    mutating func note(diskDropped total: UInt64) {
        let count = total - diskDropped
        disk += count
        beforeNextPacket += count
        diskDropped = total
    }

    /// The next packet has been appended.
    mutating func packetCame() { beforeNextPacket = 0 }

    /// The segment has ended.
    mutating func segmentEnded() { (ring, hold, disk, beforeNextPacket) = (0, 0, 0, 0) }
}
