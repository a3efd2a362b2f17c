import Logging

/// A log line as a value: the values that decide about events return it, and the supervisor logs it.
struct Notice: Equatable {
    var level: Logger.Level
    var text: String
    var fields: Logger.Metadata

    init(_ level: Logger.Level, _ text: String, _ fields: Logger.Metadata = [:]) {
        (self.level, self.text, self.fields) = (level, text, fields)
    }

    /// The subject of the line: its field HOLDFAST_EVENT.
    var event: String? { fields["event"].map { "\($0)" } }
}

extension Logger {
    func log(_ notice: Notice) { log(level: notice.level, "\(notice.text)", metadata: notice.fields) }
}
