import Glibc
import Linux
import Logging
import Synchronization

/// Log lines on their way to their reader: bounded, and written by a thread of their own, so a reader that stalls delays
/// nothing but the log. What finds no room is dropped and counted.
///
/// Until `start`, and where the thread is missing, whoever adds a line also writes what can be written without waiting.
final class LogQueue: Sendable {
    private struct State {
        var limit = LogLimit()
        /// When to tell what `limit` suppressed, by the monotonic clock; nil when it suppressed nothing.
        var summaryTime: UInt64?
        var lines: [LogSink.Writing] = []
        /// What they cost in memory.
        var bytes = 0
        /// Lines dropped since this was last told.
        var dropped: UInt64 = 0
        /// Whether a thread writes what it took out of `lines`, or the first of them.
        var isWriting = false
        var hasThread = false
        /// What stands below the last line, on a terminal, and whether it is still to be drawn.
        var live: (text: String?, isNew: Bool) = (nil, false)

        /// Whether nothing is left to be written.
        var isDone: Bool { lines.isEmpty && !isWriting && dropped == 0 && !live.isNew }
    }

    /// Lines and bytes that wait, at most.
    static let (mostLines, mostBytes) = (4096, 1 << 20)
    /// Nanoseconds after which a summary follows suppressed lines.
    private static let summaryDelay: UInt64 = 10_000_000_000

    private let sink: LogSink
    private let state = Monitor(State())
    private let droppedCount = Atomic<UInt64>(0)

    init(_ sink: LogSink) { self.sink = sink }

    /// Lines dropped since the start of the process.
    var dropped: UInt64 { droppedCount.load(ordering: .relaxed) }

    /// Makes the thread that writes from here on. It lives as long as the process: a write that hangs must not keep an exit waiting.
    func start() throws(SystemError) {
        try DedicatedThread("log", state: self) { queue in queue.run() }.detach()
        state.update { $0.hasThread = true }
    }

    /// Takes a line; never waits for the reader.
    func add(_ line: LogLine) {
        let hasThread = state.update { state in
            guard isAdmitted(line, in: &state) else { return true }
            put(line, in: &state)
            return state.hasThread
        }
        if !hasThread { writeWithoutWaiting() }
    }

    /// Shows a text below the last line, where the reader is a terminal, in place of the one before; never waits.
    func show(_ text: String?) { state.update { if $0.hasThread { $0.live = (text, true) } } }

    /// Waits until every line is with its reader, for so many nanoseconds at most.
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

    /// Whether a line may be said: lines about a capture, an interface or a client are limited, those about the daemon itself
    /// are rare.
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

    /// Tells what was suppressed.
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

    /// What the thread has to do next.
    private enum Work {
        case write([LogSink.Writing], live: String?)
        /// Look again: there is another time to wait for.
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

    /// Every line, and behind them how many found no room.
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

    /// Writes what its reader takes at once; false when something is left.
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
