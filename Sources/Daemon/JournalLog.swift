// Daemon: the control plane. It reads the settings, opens a tap wherever an interface is wanted and up, follows interfaces
// and signals, and tells the operator what happens. One loop (`Supervisor`) sees every event, one after the other; the
// data plane's threads only leave events and go on.

import Glibc
import Linux
public import Logging
import Synchronization

/// A log handler for a service. Each event is one line: to systemd's journal with its fields where standard error leads
/// there, else to standard error, with its priority as `<N>` in front unless that is a terminal. See systemd.exec(5),
/// JOURNAL_STREAM; sd-daemon(3).
public struct JournalLog: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let output = LogOutput()

    public init() {}

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        output.write(
            LogLine(
                priority: JournalLog.priority(of: event.level), text: "\(event.message)",
                fields: metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }))
    }

    /// The priorities of syslog(3).
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}

/// What is said of one event.
struct LogLine: Sendable {
    var priority: Int
    var text: String
    /// By the names that `Logger.Metadata.about` gives them.
    var fields: [String: String] = [:]

    /// As the journal takes it: a field on each line. See "Native Journal Protocol" of systemd's documentation.
    var entry: String {
        let own = fields.sorted { $0.key < $1.key }.map { "HOLDFAST_\($0.key.uppercased())=\(oneLine($0.value))\n" }
        return "MESSAGE=\(oneLine(text))\nPRIORITY=\(priority)\nSYSLOG_IDENTIFIER=holdfastd\n" + own.joined()
    }

    /// As a stream takes it.
    func line(withPriority: Bool) -> String { (withPriority ? "<\(priority)>" : "") + oneLine(text) + "\n" }

    private func oneLine(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " | ")
    }
}

/// Where lines go, and how many of them.
private final class LogOutput: Sendable {
    private let journal: DatagramSocket?
    private let isTerminal = isatty(2) == 1
    private let state = Mutex(State())

    private struct State {
        var limit = LogLimit()
        /// Whether somebody will soon say what was left out.
        var willTell = false
    }

    init() { journal = LogOutput.leadsToJournal ? try? DatagramSocket(to: "/run/systemd/journal/socket") : nil }

    /// Whether standard error is what systemd has connected with the journal.
    private static var leadsToJournal: Bool {
        var status = stat()
        guard let stream = unsafe getenv("JOURNAL_STREAM"), unsafe fstat(2, &status) == 0 else { return false }
        return unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }

    func write(_ line: LogLine) {
        let subject = ["capture", "interface"].compactMap { line.fields[$0] }.joined(separator: " on ")
        // What is about the daemon itself is rare, and is always said.
        guard let event = line.fields["event"], !subject.isEmpty else {
            tellLeftOut()
            return put(line)
        }
        let isAdmitted = state.withLock { state in
            if state.limit.admits(event, about: subject, at: Clock.monotonic()) { return true }
            if !state.willTell { Task { await self.tellLeftOutSoon() } }
            state.willTell = true
            return false
        }
        if isAdmitted { put(line) }
    }

    @concurrent private func tellLeftOutSoon() async {
        try? await Task.sleep(for: .seconds(10))
        tellLeftOut()
    }

    private func tellLeftOut() {
        let leftOut = state.withLock { state in
            state.willTell = false
            return state.limit.takeLeftOut()
        }
        for (about, lines) in leftOut {
            put(LogLine(priority: 4, text: "left out \(lines) lines like those before: \(about)"))
        }
    }

    private func put(_ line: LogLine) {
        do {
            if journal != nil { return try journal?.send(Array(line.entry.utf8)) ?? () }
        } catch {
            // The journal is restarted, or worse: the stream is another way to it.
        }
        var rest = Array(line.line(withPriority: !isTerminal).utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
            if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { return }
        }
    }
}
