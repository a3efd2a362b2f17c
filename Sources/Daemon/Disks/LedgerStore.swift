import Control
import Ledger
import Linux
import Synchronization
import SystemPackage

/// Lines for the ledger of a capture, with all that writing them takes.
struct LedgerEntry: Codable, Sendable {
    var capture: String
    var folder: String
    var lines: [LedgerLine]
    /// Whether they survive a power failure.
    var isDurable: Bool
    var time: Moment
    /// When the oldest segment of the capture began.
    var oldestSegment: Moment?
    /// No line follows: the file is given up.
    var isLast: Bool
}

/// What writes and reads ledgers. Each call takes as long as the ledger's own disk; any thread.
protocol LedgerKeeper: Sendable {
    /// Appends lines; returns what was found when the ledger had to be opened.
    func append(_ entry: LedgerEntry) throws(LedgerError) -> LedgerHistory?
    func readLedger(of capture: String, in folder: String, from: Moment?) throws(SystemError) -> LedgerReader
}

/// The ledgers that a process holds open, in the disk helper. Any thread; each call takes as long as the ledger's own disk.
final class LedgerStore: LedgerKeeper {
    private final class Open: Sendable {
        let file = Mutex<LedgerFile?>(nil)
    }

    private let open = Mutex<[String: Open]>([:])

    /// Appends lines; opens the ledger first where it is not open, and returns what it found then.
    func append(_ entry: LedgerEntry) throws(LedgerError) -> LedgerHistory? {
        let key = "\(entry.folder)/\(entry.capture)"
        let ledger = open.withLock { open in
            let ledger = open[key] ?? Open()
            open[key] = entry.isLast ? nil : ledger
            return ledger
        }
        return try ledger.file.withLock { file throws(LedgerError) in try LedgerStore.append(entry, to: &file) }
    }

    func readLedger(of capture: String, in folder: String, from: Moment?) throws(SystemError) -> LedgerReader {
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
            // Perhaps it is gone, and another one can be made.
            file = nil
            throw .system(error)
        }
        if entry.isLast { file = nil }
        return found
    }
}

extension DiskHelper: LedgerKeeper {
    /// Has the helper append lines to a ledger; waits for its disk. Returns what it found when it had to open the ledger.
    func append(_ entry: LedgerEntry) throws(LedgerError) -> LedgerHistory? {
        let outcome: DiskOutcome
        do { outcome = try ask(.appendToLedger(entry)) } catch { throw .system(error) }
        switch outcome {
        case .ledger(let found): return found
        case .ledgerRefused(let error): throw error
        default: return nil
        }
    }

    /// Has the helper read a ledger; waits for its disk.
    func readLedger(of capture: String, in folder: String, from: Moment?) throws(SystemError) -> LedgerReader {
        guard case .ledgerRead(let reader) = try ask(.readLedger(capture: capture, folder: folder, from: from)) else {
            throw SystemError("read the ledger in", folder, .ioError)
        }
        return reader
    }
}
