import Glibc
import Linux
import Logging
import Settings
import Synchronization

/// The queue of log lines: bounded, and written by its own thread, so that a stalled reader delays only the log (I17).
/// Lines that find no room are dropped and counted.
///
/// Before `start`, or without the thread, each caller also writes what it can without waiting.
final class LogQueue: Sendable {
    private struct State {
        var limit = LogLimit()
        /// Time to report suppressed lines, by the monotonic clock; nil if there are none.
        var summaryTime: UInt64?
        var lines: [LogSink.Writing] = []
        /// Size of `lines` in memory, in bytes.
        var bytes = 0
        /// Lines dropped since the last report.
        var dropped: UInt64 = 0
        /// Whether a thread is writing lines that it took from `lines`, or the first of them.
        var isWriting = false
        var hasThread = false
        /// The text below the last line of a terminal, and whether it must be redrawn.
        var live: (text: String?, isNew: Bool) = (nil, false)

        /// Whether nothing remains to be written.
        var isDone: Bool { lines.isEmpty && !isWriting && dropped == 0 && !live.isNew }
    }

    /// Most waiting lines and bytes.
    static let (mostLines, mostBytes) = (4096, 1 << 20)
    /// Nanoseconds from the first suppressed line to its report.
    private static let summaryDelay: UInt64 = 10_000_000_000

    private let sink: LogSink
    private let state = Monitor(State())
    private let droppedCount = Atomic<UInt64>(0)

    init(_ sink: LogSink) { self.sink = sink }

    /// Lines dropped since the start of the process.
    var dropped: UInt64 { droppedCount.load(ordering: .relaxed) }

    /// Chooses the form of the lines.
    func use(_ form: LogForm) { sink.use(form) }

    /// Starts the thread that writes the lines. It lives as long as the process and is not joined: a blocked write
    /// must not delay an exit.
    func start() throws(SystemError) {
        try DedicatedThread("log", state: self) { queue in queue.run() }.detach()
        state.update { $0.hasThread = true }
    }

    /// Adds a line. Never waits for the reader.
    func add(_ line: LogLine) {
        let hasThread = state.update { state in
            guard isAdmitted(line, in: &state) else { return true }
            put(line, in: &state)
            return state.hasThread
        }
        if !hasThread { writeWithoutWaiting() }
    }

    /// Shows a text below the last line of a terminal, instead of the previous one. Never waits.
    func show(_ text: String?) { state.update { if $0.hasThread { $0.live = (text, true) } } }

    /// Waits until every line is written, `limit` nanoseconds at most.
    func flush(within limit: UInt64) {
        let deadline = Clock.monotonic() + limit
        let hasThread = state.update { state in
            summarize(&state)
            return state.hasThread
        }
        if hasThread {
            _ = state.wait(until: deadline) { $0.isDone ? true : nil }
        } else {
            while !writeWithoutWaiting(), Clock.monotonic() < deadline { sink.pause(10) }
        }
    }

    // The limit

    /// Whether a line may be logged. Lines about a capture, an interface or a client are limited; lines about the
    /// daemon itself are rare.
    private func isAdmitted(_ line: LogLine, in state: inout State) -> Bool {
        let subject = ["capture", "interface", "uid"].compactMap { line[$0] }.joined(separator: " on ")
        guard let event = line["event"], !subject.isEmpty else {
            summarize(&state)
            return true
        }
        let now = Clock.monotonic()
        if state.limit.admits(event, about: subject, at: now) { return true }
        state.summaryTime = state.summaryTime ?? now + LogQueue.summaryDelay
        return false
    }

    /// Adds lines that report what was suppressed.
    private func summarize(_ state: inout State) {
        state.summaryTime = nil
        for (about, lines) in state.limit.takeLeftOut() {
            put(
                LogLine(
                    .warning, "suppressed \(lines) similar messages: \(about)",
                    .about(.suppressed, ["about": about, "lines": lines])), in: &state)
        }
    }

    private func put(_ line: LogLine, in state: inout State) {
        guard state.lines.count < LogQueue.mostLines, state.bytes + line.cost <= LogQueue.mostBytes else {
            state.dropped += 1
            droppedCount.add(1, ordering: .relaxed)
            return
        }
        state.lines.append(LogSink.Writing(line))
        state.bytes += line.cost
    }

    // Writing

    /// The thread's next work.
    private enum Work {
        case write([LogSink.Writing], live: String?)
        /// Check again: the next deadline has changed.
        case look
    }

    private func run() {
        while true {
            let deadline = state.wait(until: 0) { Optional($0.summaryTime) } ?? nil
            let work = state.wait(until: deadline) { state -> Work? in
                if !state.isWriting, !state.isDone { return .write(take(from: &state), live: state.live.text) }
                return state.summaryTime != deadline ? .look : nil
            }
            switch work {
            case .write(let lines, let live):
                for var line in lines { _ = sink.write(&line, isPatient: true) }
                sink.draw(live)
                state.update { $0.isWriting = false }
            case .look: break
            case nil: state.update { summarize(&$0) }
            }
        }
    }

    /// Takes every line, followed by a report of dropped lines.
    private func take(from state: inout State) -> [LogSink.Writing] {
        var lines: [LogSink.Writing] = []
        swap(&lines, &state.lines)
        if state.dropped > 0 {
            lines.append(
                LogSink.Writing(
                    LogLine(
                        .warning, "dropped \(state.dropped) log lines: the log's reader was too slow",
                        .about(.logDropped, ["lines": state.dropped]))))
        }
        (state.bytes, state.dropped, state.isWriting, state.live.isNew) = (0, 0, true, false)
        return lines
    }

    /// Writes what the reader accepts at once; returns false if something remains.
    @discardableResult
    private func writeWithoutWaiting() -> Bool {
        while true {
            let first = state.update { state -> LogSink.Writing? in
                guard !state.hasThread, !state.isWriting, let first = state.lines.first else { return nil }
                state.isWriting = true
                return first
            }
            guard var first else { return state.update { $0.lines.isEmpty } }
            let isDone = sink.write(&first, isPatient: false)
            state.update { state in
                state.isWriting = false
                if isDone {
                    state.bytes -= state.lines.removeFirst().line.cost
                } else {
                    state.lines[0] = first
                }
            }
            if !isDone { return false }
        }
    }
}
