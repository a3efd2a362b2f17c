import Logging
import Synchronization

/// The log lines of a test, as values.
final class LogLines: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var text: String
        /// The subject: the field `event`.
        var event: String?
    }

    private let lines = Mutex<[Line]>([])

    var all: [Line] { lines.withLock { $0 } }
    var events: [String] { all.compactMap(\.event) }
    var texts: [String] { all.map(\.text) }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level, text: "\(event.message)", event: event.metadata?["event"].map { "\($0)" })
            lines.lines.withLock { $0.append(line) }
        }
    }
}
