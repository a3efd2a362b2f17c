package import Control
package import Linux
import SystemPackage

/// The ledger of a capture, as read from its files. Works with or without a running daemon.
package struct LedgerReader: Codable, Sendable {
    package private(set) var history = LedgerHistory()
    /// When the oldest file read was created; nil if there is no ledger.
    package private(set) var since: Timestamp?
    /// What could not be read, as sentences.
    package private(set) var notes: [String] = []

    /// Reads the ledger for the time from `from` on; nil means all of it.
    package init(of capture: String, in folder: String, from: Timestamp? = nil) throws(SystemError) {
        let directory: Directory
        do { directory = try Directory(folder) } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            throw error
        }
        let rotated = try LedgerFile.rotatedNumbers(of: capture, in: directory)
        let names = rotated.map { LedgerName.rotated($0, of: capture) } + [LedgerName.current(of: capture)]
        var files: [ParsedLedger] = []
        // Newest file first. Each file begins with the open episodes, so no earlier file is needed.
        for name in names.reversed() {
            guard let parsed = read("\(folder)/\(name)") else { continue }
            guard case .known(let header) = parsed.beginning else { continue }
            files.append(parsed)
            since = header.begun
            if let from, header.begun <= from { break }
        }
        for line in files.reversed().flatMap(\.lines) { history.add(line) }
    }

    /// Reads a file; nil if it does not exist, or if it cannot be read, which adds a note.
    private mutating func read(_ path: String) -> ParsedLedger? {
        let content: [UInt8]
        do { content = try LedgerReader.content(of: path) } catch {
            if error != .noSuchFileOrDirectory { notes.append("cannot read \(path): \(error)") }
            return nil
        }
        let parsed = ParsedLedger(content[...])
        switch parsed.beginning {
        case .newer(let version):
            notes.append(
                "cannot read \(path): a newer release wrote it (version \(version); this release knows version "
                    + "\(LedgerHeader.version))")
        case .foreign: notes.append("cannot read \(path): it is not a ledger")
        case .known, .empty: break
        }
        if parsed.damaged > 0 { notes.append("\(path) has \(parsed.damaged) damaged lines") }
        return parsed
    }

    private static func content(of path: String) throws(Errno) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .noFollow])
            defer { try? file.close() }
            var (content, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
            while true {
                let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                if count == 0 { return content }
                content += chunk.prefix(count)
            }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }
}

extension Coverage {
    /// The part of a ledger between two times; nil means no limit.
    package init(
        _ history: LedgerHistory, of capture: String, from: Timestamp?, to: Timestamp?, since: Timestamp?,
        run: String? = nil,
        notes: [String]
    ) {
        self.init(
            capture: capture, from: from, to: to, since: since, run: run, complete: notes.isEmpty, notes: notes,
            gaps: history.gaps.filter { $0.overlaps(from: from, to: to) }.sorted { $0.from < $1.from },
            removed: history.removed.filter { $0.time >= from ?? $0.time && $0.time <= to ?? $0.time })
    }
}
