import Capture
import Counters
import Logging

/// The names and values of a log line, in the order in which its text shows them: `packets=100 bytes=8192`.
///
/// The text and the journal's fields are made from the same pairs, so they cannot differ.
struct LogFields: ExpressibleByDictionaryLiteral {
    typealias Value = any CustomStringConvertible & Sendable

    private(set) var pairs: [(name: String, value: Value)]

    init(dictionaryLiteral pairs: (String, Value)...) { self.pairs = pairs.map { (name: $0.0, value: $0.1) } }

    /// The pairs as in the line's text.
    var text: String { pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }

    static func + (left: LogFields, right: LogFields) -> LogFields {
        var both = left
        both.pairs += right.pairs
        return both
    }
}

extension LogFields {
    /// The counts, in the order of their table.
    init<Counter>(_ counts: Counts<Counter>) {
        self = [:]
        pairs = Counter.allCases.map { (name: $0.name, value: counts[$0]) }
    }

    /// The content and the path of a segment.
    init(_ segment: SegmentSummary) { self = LogFields(contentOf: segment) + ["file": segment.path] }

    /// The content of a segment.
    init(contentOf segment: SegmentSummary) {
        self = ["packets": segment.packets, "bytes": segment.size, "first": segment.first, "last": segment.last]
    }
}
