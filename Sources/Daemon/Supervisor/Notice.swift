import Logging

/// A line for the log, as a value: what decides about events makes it, the supervisor logs it.
struct Notice: Equatable {
    var level: Logger.Level
    var text: String
    var fields: Logger.Metadata

    init(_ level: Logger.Level, _ text: String, _ fields: Logger.Metadata = [:]) {
        (self.level, self.text, self.fields) = (level, text, fields)
    }

    /// The event that the line is about: its field HOLDFAST_EVENT.
    var event: String? { fields["event"].map { "\($0)" } }
}

extension Logger {
    func log(_ notice: Notice) { log(level: notice.level, "\(notice.text)", metadata: notice.fields) }
}
