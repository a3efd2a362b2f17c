package import Rules

/// What the open segment of a store holds so far, and where it ends.
///
/// Time is packet time. A segment covers one interval of the rotation; it ends when a packet belongs to a later one, or
/// when the clock was set back. Packets of several processors may be stamped in another order than they arrive: one
/// that is late by less than `tolerance` stays in the segment that is open, where a new segment for it would end the
/// next one in its turn.
package struct SegmentLimits {
    /// Seconds by which a packet may be older than the interval of the open segment.
    package static let tolerance: Int64 = 1

    /// Bytes of the file, header included, and packets so far.
    package private(set) var bytes: Int
    package private(set) var packets: UInt64 = 0
    /// The seconds it covers, end excluded; nil when time does not end it.
    package private(set) var interval: Range<Int64>?
    /// When its first packet came.
    private let start: Int64
    private var maximumBytes = Int.max
    private var maximumPackets = UInt64.max
    /// The packet seconds that may still be added: `interval`, with the tolerance before it.
    private var accepted = Int64.min..<Int64.max

    /// An empty segment whose first packet comes at `second`, of `headerSize` bytes so far.
    package init(_ rotation: Rotation, from second: Int64, headerSize: Int) {
        bytes = headerSize
        start = second
        change(to: rotation)
    }

    /// Puts other limits on the segment; what it holds already stays.
    package mutating func change(to rotation: Rotation) {
        maximumBytes = rotation.size ?? .max
        maximumPackets = rotation.packets ?? .max
        interval = rotation.every.map { every in
            let start = start - start % every
            return start..<start + every
        }
        accepted = interval.map { $0.lowerBound - SegmentLimits.tolerance..<$0.upperBound } ?? Int64.min..<Int64.max
    }

    /// Whether a record of `length` bytes, of a packet that came at `second`, belongs to this segment. A segment takes
    /// at least one, however large.
    package func takes(length: Int, second: Int64) -> Bool {
        packets == 0 || (bytes + length <= maximumBytes && packets < maximumPackets && accepted.contains(second))
    }

    package mutating func add(length: Int) {
        bytes += length
        packets += 1
    }
}
