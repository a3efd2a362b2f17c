/// The name of a segment: `CAPTURE-INTERFACE-20261122T120046.123456Z.pcap`, by the time of its first packet, in UTC.
/// While the segment is open the name ends in `.part`.
public struct SegmentName: Equatable, Hashable, Sendable {
    public var capture: String
    public var interface: String
    public var start: Timestamp

    public init(capture: String, interface: String, start: Timestamp) {
        (self.capture, self.interface, self.start) = (capture, interface, start)
    }

    /// What follows the time in the name of a sealed segment.
    public static let suffix = ".pcap"
    /// The name of the sealed file.
    public var sealed: String { "\(capture)-\(interface)-\(start)\(SegmentName.suffix)" }
    /// What the name of an open segment has behind it.
    static let openSuffix = ".part"
    /// The name of the open file.
    public var open: String { sealed + SegmentName.openSuffix }

    /// Reads the name of an open segment of `capture`; nil for any other name.
    init?(open name: String, of capture: String) {
        guard name.hasSuffix(SegmentName.openSuffix) else { return nil }
        self.init(String(name.dropLast(SegmentName.openSuffix.count)), of: capture)
    }

    /// Reads the name of a sealed segment of `capture`; nil for any other name. Retention removes what this reads, so it
    /// reads nothing else.
    public init?(_ name: String, of capture: String) {
        guard name.hasPrefix(capture + "-"), name.hasSuffix(SegmentName.suffix) else { return nil }
        let middle = name.dropFirst(capture.count + 1).dropLast(SegmentName.suffix.count)
        guard let dash = middle.lastIndex(of: "-"), dash > middle.startIndex,
            let start = Timestamp(String(middle[middle.index(after: dash)...]))
        else { return nil }
        self.init(capture: capture, interface: String(middle[..<dash]), start: start)
    }
}
