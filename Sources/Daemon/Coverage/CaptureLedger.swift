import Control
import DequeModule
import Ledger
import Linux
import Synchronization

/// The control plane's side of one capture's ledger. It accepts lines without waiting, and `DiskQueues` writes them
/// on a thread that only the ledger's own disk can block (I12, I15).
///
/// While the disk refuses or does not answer, lines wait in bounded memory (`PendingLines`).
final class CaptureLedger: Sendable {
    /// Queues a job that its disk may block, behind the earlier ones. Throws if the queue does not accept it.
    typealias Work = @Sendable (_ job: @escaping @Sendable () -> Void) throws(SystemError) -> Void

    enum News: Sendable {
        /// The file was read; the history shows how the previous run ended.
        case opened(LedgerHistory)
        /// The file cannot be written, for this new reason.
        case failed(LedgerError)
        /// The file can be written again.
        case recovered
    }

    private struct State {
        var pending = PendingLines()
        /// The lines that are being written.
        var inFlight: [LedgerLine] = []
        /// The lines written last, for a reader whose copy of the file is older.
        var recent: Deque<LedgerLine> = []
        /// Whether a job is queued that will write the pending lines.
        var isScheduled = false
        var failure: LedgerError?
        /// Whether the history of the previous run was reported.
        var isOpened = false
        var isClosed = false
        /// Returns the start of the capture's oldest segment; nil until the directory may be touched.
        var oldestSegment: (@Sendable () -> Timestamp?)?
    }

    /// Number of recent lines that are kept.
    private static let recentCount = 256
    /// Seconds until a retry: after a refusal by the disk, and after finding a file that is not Holdfast's.
    private static let (pause, longPause) = (1, 60)

    let capture: String
    let folder: String
    private let work: Work
    /// Writes and reads the file: the disk helper process, so that no disk can block this one.
    private let keeper: any LedgerKeeper
    private let report: @Sendable (News) -> Void
    private let state = Mutex(State())

    /// Creates a ledger that accepts lines. It touches no file before `begin`.
    init(
        of capture: String, in folder: String, by keeper: any LedgerKeeper, work: @escaping Work,
        report: @escaping @Sendable (News) -> Void
    ) {
        (self.capture, self.folder, self.keeper, self.work, self.report) = (capture, folder, keeper, work, report)
    }

    // The control loop's side. Nothing here waits.

    /// Starts writing the file. `oldestSegment` returns the start of the capture's oldest segment.
    func begin(oldestSegment: @escaping @Sendable () -> Timestamp?) {
        state.withLock { $0.oldestSegment = oldestSegment }
        schedule()
    }

    var hasBegun: Bool { state.withLock { $0.oldestSegment != nil } }

    func write(_ line: LedgerLine) {
        state.withLock { $0.pending.append(line) }
        schedule()
    }

    /// Closes the ledger: no line follows, and the file is closed when all lines are written.
    func close() {
        state.withLock { $0.isClosed = true }
        schedule()
    }

    /// Why the file cannot be written; nil if it can.
    var failure: LedgerError? { state.withLock { $0.failure } }
    /// Whether every line is written, or cannot be.
    var isSettled: Bool { state.withLock { $0.inFlight.isEmpty && ($0.pending.isEmpty || $0.failure != nil) } }

    /// Lines that are not in the file yet, or only for a short time.
    var remembered: [LedgerLine] { state.withLock { Array($0.recent) + $0.inFlight + $0.pending.lines } }

    /// Reads the files, after the lines that are to be written.
    func read(from: Timestamp?, then done: @escaping @Sendable (Result<LedgerReader, SystemError>) -> Void) {
        do throws(SystemError) {
            try work { [capture, folder, keeper] in
                do throws(SystemError) {
                    done(.success(try keeper.readLedger(of: capture, in: folder, from: from)))
                } catch { done(.failure(error)) }
            }
        } catch { done(.failure(error)) }
    }

    private func schedule() {
        let isNew = state.withLock { state in
            guard state.oldestSegment != nil else { return false }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        guard isNew else { return }
        do { try work { [self] in write() } } catch {
            // Too many jobs are queued, which is not a failure of the file.
            state.withLock { $0.isScheduled = false }
            retry(after: CaptureLedger.pause)
        }
    }

    // The writing thread's side.

    private func write() {
        let lines = state.withLock { state in
            state.isScheduled = false
            state.inFlight = state.pending.takeAll()
            return state.inFlight
        }
        do throws(LedgerError) {
            try append(lines)
            let hadFailed = state.withLock { state in
                state.inFlight = []
                state.recent += lines
                state.recent.removeFirst(max(0, state.recent.count - CaptureLedger.recentCount))
                defer { state.failure = nil }
                return state.failure != nil
            }
            if hadFailed { report(.recovered) }
        } catch {
            failed(error, lines)
        }
    }

    private func append(_ lines: [LedgerLine]) throws(LedgerError) {
        let (isLast, oldest) = state.withLock { ($0.isClosed && $0.pending.isEmpty, $0.oldestSegment) }
        let entry = LedgerEntry(
            capture: capture, folder: folder, lines: lines,
            // A power failure may lose an `alive` line.
            isDurable: lines.contains { $0.event != .alive }, time: .now, oldestSegment: oldest?(), isLast: isLast)
        guard let found = try keeper.append(entry) else { return }
        let isFirst = state.withLock { state in
            defer { state.isOpened = true }
            return !state.isOpened
        }
        // A restarted helper opens the ledger again, and finds the lines of this run.
        if isFirst { report(.opened(found)) }
    }

    private func failed(_ error: LedgerError, _ lines: [LedgerLine]) {
        let isNew = state.withLock { state in
            state.pending.putBack(lines)
            state.inFlight = []
            defer { state.failure = error }
            return state.failure == nil
        }
        if isNew { report(.failed(error)) }
        if case .system = error { retry(after: CaptureLedger.pause) } else { retry(after: CaptureLedger.longPause) }
    }

    private func retry(after seconds: Int) {
        Task { [self] in
            try? await Task.sleep(for: .seconds(seconds))
            schedule()
        }
    }
}
