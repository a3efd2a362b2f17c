/// An interface on which packets were captured, as the file describes it.
///
/// A pcap file has one interface, which has no name.
public struct CaptureInterface: Equatable, Hashable, Sendable {
    public var linkType: LinkType
    /// The greatest captured length of a packet, in bytes; at most ``maximumSnapLength``.
    public var snapLength: UInt32
    /// The interface's name, truncated to 255 bytes: the reader keeps in memory what a file dictates.
    public var name: String?
    public var resolution: TimestampResolution

    /// The greatest captured length that the reader accepts, in bytes. It also replaces a snap length of 0 ("no
    /// limit"). Source: libpcap's MAXIMUM_SNAPLEN.
    public static let maximumSnapLength: UInt32 = 262_144

    init(linkType: LinkType, snapLength: UInt32, name: String? = nil, resolution: TimestampResolution) {
        self.linkType = linkType
        // A larger limit has no effect. libpcap treats values above the sign bit as 0, too.
        self.snapLength = snapLength == 0 ? Self.maximumSnapLength : min(snapLength, Self.maximumSnapLength)
        (self.name, self.resolution) = (name, resolution)
    }
}

/// The unit of an interface's timestamps, and their offset.
public struct TimestampResolution: Equatable, Hashable, Sendable {
    public var ticksPerSecond: UInt64
    /// Seconds to add to every timestamp (if_tsoffset).
    public var secondsOffset: Int64

    public static let micro = TimestampResolution(ticksPerSecond: 1_000_000, secondsOffset: 0)
    public static let nano = TimestampResolution(ticksPerSecond: 1_000_000_000, secondsOffset: 0)

    /// Converts ticks to seconds since 1970 and nanoseconds, rounded down. Every number of ticks is valid: a sum out
    /// of range wraps, as in libpcap.
    func time(_ ticks: UInt64) -> (seconds: Int64, nanoseconds: UInt32) {
        switch ticksPerSecond {
        // Nearly all files use one of these two. The compiler turns a division by a constant into a multiplication,
        // which is far faster.
        case 1_000_000_000: return time(ticks, 1_000_000_000) { fraction in fraction }
        case 1_000_000: return time(ticks, 1_000_000) { fraction in fraction * 1000 }
        // The product does not fit in 64 bits if a tick is shorter than a nanosecond.
        case let scale:
            return time(ticks, scale) { scale.dividingFullWidth($0.multipliedFullWidth(by: 1_000_000_000)).quotient }
        }
    }

    @inline(__always)
    private func time(
        _ ticks: UInt64, _ scale: UInt64, nanoseconds: (_ fraction: UInt64) -> UInt64
    ) -> (seconds: Int64, nanoseconds: UInt32) {
        let (seconds, fraction) = ticks.quotientAndRemainder(dividingBy: scale)
        return (Int64(truncatingIfNeeded: seconds) &+ secondsOffset, UInt32(nanoseconds(fraction)))
    }
}
