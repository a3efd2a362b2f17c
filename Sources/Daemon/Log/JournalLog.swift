import Glibc
import Linux
package import Logging
import Settings

/// The daemon's log handler. Each event is one line: for systemd's journal with its fields if standard error leads
/// there, else for standard error. No call waits for the log's reader (`LogQueue`, I17).
package struct JournalLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info

    /// One per process. Never released, because its thread may hang in a write.
    private static let queue = LogQueue(.standard())

    package init() {}

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        JournalLog.queue.add(LogLine(event.level, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 }))
    }

    /// Applies the configuration's form of the log. HOLDFAST_LOG overrides it.
    static func use(_ form: LogForm?) { queue.use(LogForm.named ?? form ?? .auto) }

    /// Starts the thread that writes the log. Before that, each call writes what it can without waiting.
    static func start() throws(SystemError) { try queue.start() }

    /// Waits until the log is written, two seconds at most. Called before each exit.
    package static func flush() {
        queue.show(nil)
        queue.flush(within: 2_000_000_000)
    }

    /// Whether standard error is a terminal.
    static var isOnTerminal: Bool { isatty(2) == 1 }

    /// Shows a text below the last line of a terminal, instead of the previous one.
    static func show(_ text: String) { queue.show(text) }

    /// Lines dropped because the log's reader was too slow.
    static var dropped: UInt64 { queue.dropped }
}
