import Logging

/// Passes each log line about an event to the clients that follow events, with the same words and fields.
struct EventLog: LogHandler {
    private var log: any LogHandler
    private let hub: EventHub

    init(_ log: any LogHandler, _ hub: EventHub) { (self.log, self.hub) = (log, hub) }

    var metadata: Logger.Metadata {
        get { log.metadata }
        set { log.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { log.logLevel }
        set { log.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { log[metadataKey: key] }
        set { log[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        log.log(event: event)
        let fields = log.metadata.merging(event.metadata ?? [:]) { $1 }
        guard let name = fields["event"] else { return }
        var values = fields.filter { $0.key != "event" }.mapValues { EventValue($0) }
        values["message"] = .text("\(event.message)")
        values["level"] = .text(event.level.rawValue)
        hub.publish("\(name)", values)
    }
}

extension EventValue {
    /// Keeps numbers as numbers.
    init(_ value: Logger.MetadataValue) {
        if case .stringConvertible(let content) = value, let integer = content as? any BinaryInteger,
            let number = UInt64(exactly: integer)
        {
            self = .number(number)
        } else {
            self = .text("\(value)")
        }
    }
}
