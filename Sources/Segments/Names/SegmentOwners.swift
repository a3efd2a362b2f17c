import Linux

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
        guard parts.count >= 3, Timestamp(compact: String(parts[parts.count - 1])) != nil else { return nil }
        let capture = parts.dropLast(2).joined(separator: "-")
        return capture.isEmpty || parts[parts.count - 2].isEmpty ? nil : capture
    }
}
