import Control
import Ledger
import Linux
import Synchronization
import SystemPackage

/// Lines for the ledger of a capture, with everything that writing them needs.
struct LedgerEntry: Codable, Sendable {
    var capture: String
    var folder: String
    var lines: [LedgerLine]
    /// Whether the lines must survive a power failure.
    var isDurable: Bool
    var time: Timestamp
    /// Start of the capture's oldest segment.
    var oldestSegment: Timestamp?
    /// Whether no line follows, so that the file is closed.
    var isLast: Bool
}

/// Writes and reads ledgers. Any thread may call it. Each call waits for the ledger's own disk.
protocol LedgerKeeper: Sendable {
    /// Appends lines; returns the history if the ledger had to be opened.
    func append(_ entry: LedgerEntry) throws(LedgerError) -> LedgerHistory?
    func readLedger(of capture: String, in folder: String, from: Timestamp?) throws(SystemError) -> LedgerReader
}

/// The open ledgers of the disk helper. Any thread may call it. Each call waits for the ledger's own disk.
final class LedgerStore: LedgerKeeper {
    private final class Open: Sendable {
        let file = Mutex<LedgerFile?>(nil)
    }

    private let open = Mutex<[String: Open]>([:])

    /// Appends lines. Opens the ledger if it is not open, and then returns its history.
    func append(_ entry: LedgerEntry) throws(LedgerError) -> LedgerHistory? {
        let key = "\(entry.folder)/\(entry.capture)"
        let ledger = open.withLock { open in
            let ledger = open[key] ?? Open()
            open[key] = entry.isLast ? nil : ledger
            return ledger
        }
        return try ledger.file.withLock { file throws(LedgerError) in try LedgerStore.append(entry, to: &file) }
    }

    func readLedger(of capture: String, in folder: String, from: Timestamp?) throws(SystemError) -> LedgerReader {
        try LedgerReader(of: capture, in: folder, from: from)
    }

    private static func append(
        _ entry: LedgerEntry, to file: inout LedgerFile?
    ) throws(LedgerError) -> LedgerHistory? {
        var found: LedgerHistory?
        if file == nil {
            let opened = try LedgerFile(of: entry.capture, in: entry.folder, at: entry.time)
            found = opened.found
            file = consume opened
        }
        do throws(SystemError) {
            if !entry.lines.isEmpty {
                try file?.append(
                    entry.lines, durably: entry.isDurable, at: entry.time, oldestSegment: entry.oldestSegment)
            }
        } catch {
            // The file may have been deleted, so the next call opens or creates one.
            file = nil
            throw .system(error)
        }
        if entry.isLast { file = nil }
        return found
    }
}

extension DiskHelper: LedgerKeeper {
    /// Appends lines in the helper, and waits for the disk. Returns the history if the helper had to open the ledger.
    func append(_ entry: LedgerEntry) throws(LedgerError) -> LedgerHistory? {
        let outcome: DiskOutcome
        do { outcome = try ask(.appendToLedger(entry)) } catch { throw .system(error) }
        switch outcome {
        case .ledger(let found): return found
        case .ledgerRefused(let error): throw error
        default: return nil
        }
    }

    /// Reads a ledger in the helper, and waits for the disk.
    func readLedger(of capture: String, in folder: String, from: Timestamp?) throws(SystemError) -> LedgerReader {
        guard case .ledgerRead(let reader) = try ask(.readLedger(capture: capture, folder: folder, from: from)) else {
            throw SystemError("read the ledger in", folder, .ioError)
        }
        return reader
    }
}
