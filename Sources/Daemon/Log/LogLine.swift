import Linux
import Logging

/// One log line, and its form for each kind of reader.
struct LogLine: Sendable {
    /// Wall clock, in nanoseconds since 1970.
    var time = Clock.wall()
    var level: Logger.Level
    var text: String
    /// By the names that `Logger.Metadata.about` gives them.
    var fields: [(name: String, value: Value)] = []

    enum Value: Sendable {
        case text(String)
        /// In decimal.
        case number(String)

        var text: String {
            switch self {
            case .text(let text), .number(let text): text
            }
        }
    }

    init(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata = [:]) {
        (self.level, self.text) = (level, text)
        fields = metadata.sorted { $0.key < $1.key }.map { ($0.key, Value($0.value)) }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value.text }

    /// Approximate size in memory, in bytes.
    var cost: Int { fields.reduce(text.utf8.count + 100) { $0 + $1.name.utf8.count + $1.value.text.utf8.count + 40 } }

    // The form for each reader

    /// For the journal: one field per line. See "Native Journal Protocol" in systemd's documentation.
    var journalEntry: String {
        let own = fields.map { "HOLDFAST_\($0.name.uppercased())=\(printable($0.value.text))\n" }
        return "MESSAGE=\(printable(text))\nPRIORITY=\(priority)\nSYSLOG_IDENTIFIER=holdfastd\n" + own.joined()
    }

    /// For systemd on standard error, with a priority prefix. See sd-daemon(3).
    var prioritized: String { "<\(priority)>\(printable(text))\n" }

    /// For a terminal.
    var plain: String { printable(text) + "\n" }

    /// For a file: time, level, text.
    var timed: String { "\(timestamp) \(level.rawValue): \(printable(text))\n" }

    /// A JSON object on one line: `time`, `level`, `message`, and the fields.
    var json: String {
        let head = [("time", Value.text(timestamp)), ("level", .text(level.rawValue)), ("message", .text(text))]
        let pairs = head + fields
        return "{" + pairs.map { "\(quoted($0.0)):\(json($0.1))" }.joined(separator: ",") + "}\n"
    }

    /// RFC 3339, in UTC, to the microsecond.
    private var timestamp: String {
        let date = CalendarTime(secondsSince1970: time / .nanosecondsPerSecond)
        let day = "\(date.year.padded(to: 4))-\(date.month.padded(to: 2))-\(date.day.padded(to: 2))"
        let clock = "\(date.hour.padded(to: 2)):\(date.minute.padded(to: 2)):\(date.second.padded(to: 2))"
        return "\(day)T\(clock).\((Int(time % .nanosecondsPerSecond) / 1000).padded(to: 6))Z"
    }

    /// The priority of syslog(3).
    private var priority: Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// One line without control characters: interfaces and files may have any name.
    private func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                line += " | "
            } else if scalar.properties.generalCategory == .control {
                line += "\\x" + hexadecimal(scalar, digits: 2)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private func json(_ value: Value) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .number(let digits): digits
        }
    }

    /// A JSON string. See RFC 8259, 7.
    private func quoted(_ text: String) -> String {
        var string = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": string += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control:
                string += "\\u" + hexadecimal(scalar, digits: 4)
            default: string.unicodeScalars.append(scalar)
            }
        }
        return string + "\""
    }

    private func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let number = String(scalar.value, radix: 16)
        return String(repeating: "0", count: digits - number.count) + number
    }
}

extension LogLine.Value {
    init(_ value: Logger.Metadata.Value) {
        if case .stringConvertible(let number) = value, number is any BinaryInteger {
            self = .number("\(number)")
        } else {
            self = .text("\(value)")
        }
    }
}
