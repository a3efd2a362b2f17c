package import Linux

/// The name of a segment: `CAPTURE-INTERFACE-20261122T120046.123456Z.pcap`.
///
/// The timestamp is that of the first packet, in UTC; the suffix is that of the kind. The name of an open segment also
/// ends in `.part`.
package struct SegmentName: Equatable, Hashable, Sendable {
    package var capture: String
    package var interface: String
    package var start: Timestamp
    package var kind: SegmentKind

    package init(capture: String, interface: String, start: Timestamp, kind: SegmentKind = .pcap) {
        (self.capture, self.interface, self.start, self.kind) = (capture, interface, start, kind)
    }

    /// The name of the sealed file.
    package var sealed: String { "\(capture)-\(interface)-\(start.compact)\(kind.suffix)" }
    /// The suffix that the name of an open segment adds to the sealed name.
    package static let openSuffix = ".part"
    /// The name of the open file.
    package var open: String { sealed + SegmentName.openSuffix }

    /// Parses the name of an open segment of `capture`; nil for any other name.
    package init?(open name: String, of capture: String) {
        guard name.hasSuffix(SegmentName.openSuffix) else { return nil }
        self.init(String(name.dropLast(SegmentName.openSuffix.count)), of: capture)
    }

    /// Parses the name of a sealed segment of `capture`, of any kind; nil for any other name. `SegmentCatalog` removes
    /// the files whose names this initializer accepts, so it accepts nothing else (I7).
    package init?(_ name: String, of capture: String) {
        guard name.hasPrefix(capture + "-"), let kind = SegmentKind.all.first(where: { name.hasSuffix($0.suffix) })
        else { return nil }
        let middle = name.dropFirst(capture.count + 1).dropLast(kind.suffix.count)
        guard let dash = middle.lastIndex(of: "-"), dash > middle.startIndex,
            let start = Timestamp(compact: String(middle[middle.index(after: dash)...]))
        else { return nil }
        self.init(capture: capture, interface: String(middle[..<dash]), start: start, kind: kind)
    }

    /// The greatest difference between clocks, in nanoseconds. A name further ahead of the clock is wrong.
    private static let slack: Int64 = 300_000_000_000

    /// Whether the timestamp in the name is in the future at `now`, by more than the tolerated difference between
    /// clocks.
    package func isAhead(of now: Instant) -> Bool { start.nanosecondsSince1970 > now.wall + SegmentName.slack }
}
