import Pcap

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
    public var sealed: String { "\(capture)-\(interface)-\(start)\(kind.suffix)" }
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
            let start = Timestamp(String(middle[middle.index(after: dash)...]))
        else { return nil }
        self.init(capture: capture, interface: String(middle[..<dash]), start: start, kind: kind)
    }
}
