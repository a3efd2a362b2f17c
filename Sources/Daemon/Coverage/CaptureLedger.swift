import Control
import DequeModule
import Ledger
import Linux
import Synchronization

/// The ledger of one capture, from the control plane's side: lines are taken at once, and written by a thread that its disk
/// alone can keep.
///
/// While the disk refuses, or hangs, lines wait in bounded memory (`PendingLines`).
final class CaptureLedger: Sendable {
    /// Runs a job that its disk may keep for long, behind those that were given before. Throws where that cannot be now.
    typealias Work = @Sendable (_ job: @escaping @Sendable () -> Void) throws(SystemError) -> Void

    enum News: Sendable {
        /// The file has been read: how the run before ended.
        case opened(LedgerHistory)
        /// The file cannot be written, for this reason, which was not so before.
        case failed(LedgerError)
        /// It can again.
        case recovered
    }

    private struct State {
        var pending = PendingLines()
        /// Lines that are being written.
        var inFlight: [LedgerLine] = []
        /// Lines that were written last, for whoever has read the file a moment before.
        var recent: Deque<LedgerLine> = []
        /// Whether a job is on its way that will see what is pending.
        var isScheduled = false
        var failure: LedgerError?
        /// Whether it was reported what the run before has left.
        var isOpened = false
        var isClosed = false
        /// Says when the oldest segment of the capture began; nil until the file may be touched.
        var oldestSegment: (@Sendable () -> Moment?)?
    }

    /// How many lines are remembered.
    private static let recentCount = 256
    /// Seconds after which what has failed is tried again: a disk that refuses, and a file that is not ours.
    private static let (pause, longPause) = (1, 60)

    let capture: String
    let folder: String
    private let work: Work
    /// Writes the file, and reads it: another process, so that no disk can keep this one.
    private let keeper: any LedgerKeeper
    private let report: @Sendable (News) -> Void
    private let state = Mutex(State())

    /// Takes lines; no file is touched before `begin`.
    init(
        of capture: String, in folder: String, by keeper: any LedgerKeeper, work: @escaping Work,
        report: @escaping @Sendable (News) -> Void
    ) {
        (self.capture, self.folder, self.keeper, self.work, self.report) = (capture, folder, keeper, work, report)
    }

    // The side of the loop; returns at once.

    /// From now on the file is written. `oldestSegment` says when the oldest segment of the capture began.
    func begin(oldestSegment: @escaping @Sendable () -> Moment?) {
        state.withLock { $0.oldestSegment = oldestSegment }
        schedule()
    }

    var hasBegun: Bool { state.withLock { $0.oldestSegment != nil } }

    func write(_ line: LedgerLine) {
        state.withLock { $0.pending.append(line) }
        schedule()
    }

    /// No line follows: the file is given up once all are written.
    func close() {
        state.withLock { $0.isClosed = true }
        schedule()
    }

    /// Why the file cannot be written, when it cannot.
    var failure: LedgerError? { state.withLock { $0.failure } }
    /// Whether every line is in the file, or will not be.
    var isSettled: Bool { state.withLock { $0.inFlight.isEmpty && ($0.pending.isEmpty || $0.failure != nil) } }

    /// What is known without the file: lines that are not in it yet, or not for long.
    var remembered: [LedgerLine] { state.withLock { Array($0.recent) + $0.inFlight + $0.pending.lines } }

    /// Reads the files, behind what is to be written.
    func read(from: Moment?, then done: @escaping @Sendable (Result<LedgerReader, SystemError>) -> Void) {
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
            // Too many jobs wait already, which is no fault of the file.
            state.withLock { $0.isScheduled = false }
            retry(after: CaptureLedger.pause)
        }
    }

    // The side of the thread that writes.

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
            // A sign of life may be lost with the power.
            isDurable: lines.contains { $0.event != .alive }, time: .now, oldestSegment: oldest?(), isLast: isLast)
        guard let found = try keeper.append(entry) else { return }
        let isFirst = state.withLock { state in
            defer { state.isOpened = true }
            return !state.isOpened
        }
        // Another helper opens it again, and finds what this run has written.
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
