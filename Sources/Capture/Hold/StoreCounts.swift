import Counters
import Linux

/// The counts of a store. Private to the drain thread until they are published once per block, so that a packet costs
/// only additions.
struct StoreCounts: Sendable {
    private var counts = CaptureCounts()
    /// Unpublished drops: their number, and the first and last timestamp, in nanoseconds since 1970.
    private var dropped: (packets: UInt64, from: Int64, to: Int64) = (0, .max, 0)
    /// Matched packets in buffers by size on the wire, and the sum of their sizes.
    private var sizes = Histogram.Buckets(repeating: 0)
    private var bytes: UInt64 = 0
    /// Timestamp of the last of these packets.
    private(set) var last = Timestamp.epoch
    /// The counts at the last publication.
    private var published = CaptureCounts()

    /// Counts a packet that became a record.
    @inline(__always)
    mutating func note(_ packet: borrowing Packet, _ record: RecordShape) {
        counts[.matched] += 1
        sizes[HistogramScale.bucket(ofSize: record.wireLength)] &+= 1
        bytes &+= UInt64(record.wireLength)
        last = Timestamp(seconds: record.second, nanoseconds: packet.nanoseconds)
        if record.captured < record.wireLength { counts[.truncated] += 1 }
    }

    /// Counts a packet of timestamp `time` that found no room.
    mutating func noteDropped(at time: Timestamp) {
        counts[.matched] += 1
        drop(1, from: time.nanosecondsSince1970, to: time.nanosecondsSince1970)
    }

    private mutating func drop(_ packets: UInt64, from: Int64, to: Int64) {
        counts[.holdDropped] += packets
        dropped = (dropped.packets + packets, min(dropped.from, from), max(dropped.to, to))
    }

    /// Counts packets that were in a buffer and are lost.
    mutating func noteLost(_ count: UInt64) { drop(count, from: last.nanosecondsSince1970, to: Clock.wall()) }

    /// Publishes the counts. Publishing costs as much as a packet, so a store without news skips it.
    mutating func publish(to counters: CaptureCounters) {
        guard counts != published else { return }
        published = counts
        // The counts first, so that a packet is counted as matched before it is counted as dropped (I3).
        counters.publish(counts)
        counters.holdLosses.add(dropped.packets, from: dropped.from, to: dropped.to)
        dropped = (0, .max, 0)
        counters.activity.packetSizes.publish(sizes, sum: bytes)
        if last != .epoch { counters.activity.publish(newest: last) }
    }
}
