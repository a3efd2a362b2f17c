import Linux

/// What a store has counted so far. Its own until it is published, which happens once for each block, so that a packet costs some
/// additions.
struct StoreCounts: Sendable {
    private var matched: UInt64 = 0
    private var holdDropped: UInt64 = 0
    /// Of those that are dropped and not published yet: how many, and when the first and the last came.
    private var dropped: (packets: UInt64, from: Int64, to: Int64) = (0, .max, 0)
    private var truncated: UInt64 = 0
    /// Of matched packets that are in a buffer, by size on the wire, and all of them together.
    private var sizes = Histogram.Buckets(repeating: 0)
    private var bytes: UInt64 = 0
    /// When the last of those came.
    private(set) var last = Timestamp.epoch
    /// How many were matched and dropped when these were published.
    private var published: UInt64 = 0

    /// Counts a packet that has become a record.
    @inline(__always)
    mutating func note(_ packet: borrowing Packet, _ record: RecordShape) {
        matched += 1
        sizes[HistogramScale.bucket(ofSize: record.wireLength)] &+= 1
        bytes &+= UInt64(record.wireLength)
        last = Timestamp(seconds: record.second, nanoseconds: packet.nanoseconds)
        if record.captured < record.wireLength { truncated += 1 }
    }

    /// Counts a packet that finds no room, and that came at `time`.
    mutating func noteDropped(at time: Timestamp) {
        matched += 1
        drop(1, from: time.nanosecondsSince1970, to: time.nanosecondsSince1970)
    }

    private mutating func drop(_ packets: UInt64, from: Int64, to: Int64) {
        holdDropped += packets
        dropped = (dropped.packets + packets, min(dropped.from, from), max(dropped.to, to))
    }

    /// Counts packets that had found room, and are lost all the same.
    mutating func noteLost(_ count: UInt64) { drop(count, from: last.nanosecondsSince1970, to: Clock.wall()) }

    /// Makes it known. That costs what one packet does, so a store to which nothing came has nothing to publish.
    mutating func publish(to counters: CaptureCounters) {
        guard matched + holdDropped != published else { return }
        published = matched + holdDropped
        counters.publish(matched: matched, truncated: truncated)
        counters.holdLosses.add(dropped.packets, from: dropped.from, to: dropped.to)
        dropped = (0, .max, 0)
        counters.activity.packetSizes.publish(sizes, sum: bytes)
        if last != .epoch { counters.activity.publish(newest: last) }
    }
}
