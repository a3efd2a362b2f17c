import Linux

/// Determines which of several captures a segment belongs to.
///
/// An interface's name may contain dashes, such as `br-1a2b3c`. A segment's name may therefore begin with the names of
/// two captures; the segment belongs to the capture with the longer name.
package struct SegmentOwners: Sendable {
    /// Longest first.
    private let captures: [String]

    package init(_ captures: some Sequence<String>) {
        self.captures = Set(captures).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The captures that have a ledger, `CAPTURE.ledger`, among the files of a directory. They own their segments
    /// there even if no capture of that name is configured.
    package static func ledgers(among files: some Sequence<String>) -> [String] {
        files.compactMap { file in
            // The name of a rotated ledger ends in a period and a number.
            let current = file.lastIndex(of: ".").map { dot in
                file[file.index(after: dot)...].allSatisfy(\.isNumber) ? file[..<dot] : file[...]
            }
            guard let current, current.hasSuffix(".ledger"), current.count > ".ledger".count else { return nil }
            return String(current.dropLast(".ledger".count))
        }
    }

    /// Parses the name of a sealed segment of one of the captures; nil for any other name.
    package func name(_ file: String) -> SegmentName? {
        for capture in captures { if let name = SegmentName(file, of: capture) { return name } }
        return nil
    }

    /// Parses the name of an open segment of one of the captures; nil for any other name.
    package func name(open file: String) -> SegmentName? {
        guard file.hasSuffix(SegmentName.openSuffix) else { return nil }
        return name(String(file.dropLast(SegmentName.openSuffix.count)))
    }

    /// Guesses the capture of a sealed segment that belongs to none of these captures. The guess assumes an interface
    /// without dashes in its name. Nil if `file` is not the name of a segment.
    package static func guess(_ file: String) -> String? {
        guard let kind = SegmentKind.all.first(where: { file.hasSuffix($0.suffix) }) else { return nil }
        let parts = file.dropLast(kind.suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, Timestamp(compact: String(parts[parts.count - 1])) != nil else { return nil }
        let capture = parts.dropLast(2).joined(separator: "-")
        return capture.isEmpty || parts[parts.count - 2].isEmpty ? nil : capture
    }
}
