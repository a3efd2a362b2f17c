public import Linux

/// The name of a segment: `CAPTURE-INTERFACE-20261122T120046.123456Z.pcap`, by the time of its first packet, in UTC, and
/// by its kind. While the segment is open the name ends in `.part`.
public struct SegmentName: Equatable, Hashable, Sendable {
    public var capture: String
    public var interface: String
    public var start: Timestamp
    public var kind: SegmentKind

    public init(capture: String, interface: String, start: Timestamp, kind: SegmentKind = .pcap) {
        (self.capture, self.interface, self.start, self.kind) = (capture, interface, start, kind)
    }

    /// The name of the sealed file.
    public var sealed: String { "\(capture)-\(interface)-\(start.compact)\(kind.suffix)" }
    /// What the name of an open segment has behind it.
    public static let openSuffix = ".part"
    /// The name of the open file.
    public var open: String { sealed + SegmentName.openSuffix }

    /// Reads the name of an open segment of `capture`; nil for any other name.
    public init?(open name: String, of capture: String) {
        guard name.hasSuffix(SegmentName.openSuffix) else { return nil }
        self.init(String(name.dropLast(SegmentName.openSuffix.count)), of: capture)
    }

    /// Reads the name of a sealed segment of `capture`, of any kind; nil for any other name. SegmentCatalog removes what this
    /// reads, so it reads nothing else.
    public init?(_ name: String, of capture: String) {
        guard name.hasPrefix(capture + "-"), let kind = SegmentKind.all.first(where: { name.hasSuffix($0.suffix) })
        else { return nil }
        let middle = name.dropFirst(capture.count + 1).dropLast(kind.suffix.count)
        guard let dash = middle.lastIndex(of: "-"), dash > middle.startIndex,
            let start = Timestamp(compact: String(middle[middle.index(after: dash)...]))
        else { return nil }
        self.init(capture: capture, interface: String(middle[..<dash]), start: start, kind: kind)
    }

    /// How far a name may be ahead of the clock and still be believed, in nanoseconds.
    private static let slack: Int64 = 300_000_000_000

    /// Whether the clock, at `now`, has yet to come to the time in this name, by more than clocks differ.
    package func isAhead(of now: Instant) -> Bool { start.nanosecondsSince1970 > now.wall + SegmentName.slack }
}
