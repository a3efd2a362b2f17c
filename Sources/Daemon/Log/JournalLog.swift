import Glibc
import Linux
public import Logging

/// The service's log handler. Each event is one line: to systemd's journal with its fields where standard error leads there,
/// else to standard error. No call waits for the log's reader (`LogQueue`).
public struct JournalLog: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info

    /// One for the process. It is never given up, as its thread may hang in a write.
    private static let queue = LogQueue(.standard())

    public init() {}

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        JournalLog.queue.add(LogLine(event.level, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 }))
    }

    /// Makes the thread that writes the log; before, lines are written as far as that needs no waiting.
    static func start() throws(SystemError) { try queue.start() }

    /// Waits until the log is written, for two seconds at most: what comes before every exit.
    public static func flush() {
        queue.show(nil)
        queue.flush(within: 2_000_000_000)
    }

    /// Whether a person reads the log while it is written.
    static var isOnTerminal: Bool { isatty(2) == 1 }

    /// Shows a text below the last line, on a terminal, in place of the one before.
    static func show(_ text: String) { queue.show(text) }

    /// Lines that were dropped, as the log's reader was too slow.
    static var dropped: UInt64 { queue.dropped }
}
