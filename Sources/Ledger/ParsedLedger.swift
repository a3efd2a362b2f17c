import Control

/// The content of one ledger file.
struct ParsedLedger {
    enum Beginning: Equatable {
        case known(LedgerHeader)
        /// A newer release wrote the file.
        case newer(Int)
        /// Not a ledger.
        case foreign
        /// An empty file, as after a crash before the first line was written.
        case empty
    }

    private(set) var beginning = Beginning.empty
    private(set) var lines: [LedgerLine] = []
    /// The number of complete lines that could not be decoded.
    private(set) var damaged = 0

    /// Parses complete lines and ignores bytes after the last one.
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
