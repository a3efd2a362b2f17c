public import Pcap

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

    /// Reads the name of a sealed segment of `capture`, of any kind; nil for any other name. Retention removes what this
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

/// Which of several captures a segment is of. An interface's name may contain dashes, as `br-1a2b3c` does, so the names of two
/// captures may both begin the name of one segment: it is of the capture with the longest.
public struct SegmentOwners: Sendable {
    /// Longest first.
    private let captures: [String]

    public init(_ captures: some Sequence<String>) {
        self.captures = Set(captures).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The captures with a ledger among the files of a directory, `CAPTURE.ledger`: segments there are theirs, also while none of
    /// them is configured.
    public static func ledgers(among files: some Sequence<String>) -> [String] {
        files.compactMap { file in
            // A file that is no longer written to has a number behind that.
            let current = file.lastIndex(of: ".").map { dot in
                file[file.index(after: dot)...].allSatisfy(\.isNumber) ? file[..<dot] : file[...]
            }
            guard let current, current.hasSuffix(".ledger"), current.count > ".ledger".count else { return nil }
            return String(current.dropLast(".ledger".count))
        }
    }

    /// Reads the name of a sealed segment of one of the captures; nil for any other name.
    public func name(_ file: String) -> SegmentName? {
        for capture in captures { if let name = SegmentName(file, of: capture) { return name } }
        return nil
    }

    /// Reads the name of an open segment of one of the captures; nil for any other name.
    public func name(open file: String) -> SegmentName? {
        guard file.hasSuffix(SegmentName.openSuffix) else { return nil }
        return name(String(file.dropLast(SegmentName.openSuffix.count)))
    }

    /// The capture that a sealed segment is probably of, when it is of none of these: all in front of the interface, which is
    /// taken to be without dashes. Nil for a name that no segment has.
    public static func guess(_ file: String) -> String? {
        guard let kind = SegmentKind.all.first(where: { file.hasSuffix($0.suffix) }) else { return nil }
        let parts = file.dropLast(kind.suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, Timestamp(String(parts[parts.count - 1])) != nil else { return nil }
        let capture = parts.dropLast(2).joined(separator: "-")
        return capture.isEmpty || parts[parts.count - 2].isEmpty ? nil : capture
    }
}

/// What kind of file a segment is. The suffix of its name says it.
public struct SegmentKind: Equatable, Hashable, Sendable {
    public var format: FileFormat
    public var compression: Compression

    public init(_ format: FileFormat, _ compression: Compression = .none) {
        (self.format, self.compression) = (format, compression)
    }

    public static let pcap = SegmentKind(.pcap)
    static let all = FileFormat.allCases.flatMap { format in Compression.allCases.map { SegmentKind(format, $0) } }

    /// What follows the time in the name of a sealed segment; none is the end of another.
    public var suffix: String { ".\(format)\(compression == .zstd ? ".zst" : "")" }
}

/// How a segment's bytes are packed.
public enum Compression: String, CaseIterable, Sendable {
    case none, zstd
}
