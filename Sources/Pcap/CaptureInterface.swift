/// Where packets were captured, as the file describes it. A pcap file has one interface, which has no name.
public struct CaptureInterface: Equatable, Hashable, Sendable {
    public var linkType: LinkType
    /// No packet has more captured bytes than this.
    public var snapLength: UInt32
    /// Cut after 255 bytes: it comes from a file, and is kept in memory.
    public var name: String?
    public var resolution: TimestampResolution

    /// The longest packet that can be read, and what a snap length of 0 ("no limit") means: libpcap's MAXIMUM_SNAPLEN.
    public static let maximumSnapLength: UInt32 = 262_144

    init(linkType: LinkType, snapLength: UInt32, name: String? = nil, resolution: TimestampResolution) {
        self.linkType = linkType
        // A limit that no packet reaches is none. Above the sign bit libpcap takes it for 0, too.
        self.snapLength = snapLength == 0 ? Self.maximumSnapLength : min(snapLength, Self.maximumSnapLength)
        (self.name, self.resolution) = (name, resolution)
    }
}

/// What an interface's time stamps count.
public struct TimestampResolution: Equatable, Hashable, Sendable {
    public var ticksPerSecond: UInt64
    /// Added to every time stamp (if_tsoffset).
    public var secondsOffset: Int64

    public static let micro = TimestampResolution(ticksPerSecond: 1_000_000, secondsOffset: 0)
    public static let nano = TimestampResolution(ticksPerSecond: 1_000_000_000, secondsOffset: 0)

    /// Seconds since 1970 and nanoseconds, rounded down. No number of ticks is wrong: a sum out of range wraps, as in libpcap.
    func time(_ ticks: UInt64) -> (seconds: Int64, nanoseconds: UInt32) {
        switch ticksPerSecond {
        // Nearly all files. The compiler turns a division by a constant into a multiplication, which is far faster.
        case 1_000_000_000: return time(ticks, 1_000_000_000) { fraction in fraction }
        case 1_000_000: return time(ticks, 1_000_000) { fraction in fraction * 1000 }
        // 64 bits do not hold the product where ticks are shorter than a nanosecond.
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
