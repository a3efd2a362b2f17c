import Control

/// The content of one file of a ledger.
struct ParsedLedger {
    enum Beginning: Equatable {
        case known(LedgerHeader)
        /// A later release has written it.
        case newer(Int)
        /// No ledger.
        case foreign
        /// Nothing, as when a crash came before the first line.
        case empty
    }

    private(set) var beginning = Beginning.empty
    private(set) var lines: [LedgerLine] = []
    /// Whole lines that could not be understood.
    private(set) var damaged = 0

    /// Reads whole lines; bytes behind the last one are not looked at.
    init(_ content: ArraySlice<UInt8>) {
        let newline = UInt8(ascii: "\n")
        guard let end = content.lastIndex(of: newline) else { return }
        for (index, bytes) in content[..<end].split(separator: newline, omittingEmptySubsequences: false).enumerated() {
            if index == 0 {
                beginning = ParsedLedger.beginning(Array(bytes))
                guard case .known = beginning else { return }
            } else if let line = try? Coding.decode(LedgerLine.self, from: Array(bytes)) {
                lines.append(line)
            } else {
                damaged += 1
            }
        }
    }

    static func beginning(_ line: [UInt8]) -> Beginning {
        struct Version: Decodable { let ledger: String, version: Int }
        guard let version = try? Coding.decode(Version.self, from: line), version.ledger == LedgerHeader.format else {
            return .foreign
        }
        guard version.version <= LedgerHeader.version else { return .newer(version.version) }
        return (try? Coding.decode(LedgerHeader.self, from: line)).map { .known($0) } ?? .foreign
    }
}
