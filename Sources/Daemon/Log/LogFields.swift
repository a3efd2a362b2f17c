import Capture
import Logging

/// Names and values that belong to a log line, in the order in which its text shows them: `packets=100 bytes=8192`.
///
/// The text of the line and the fields of the journal are made of the same pairs, so they cannot differ.
struct LogFields: ExpressibleByDictionaryLiteral {
    typealias Value = any CustomStringConvertible & Sendable

    private(set) var pairs: [(name: String, value: Value)]

    init(dictionaryLiteral pairs: (String, Value)...) { self.pairs = pairs.map { (name: $0.0, value: $0.1) } }

    /// As a line's text shows them.
    var text: String { pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }

    static func + (left: LogFields, right: LogFields) -> LogFields {
        var both = left
        both.pairs += right.pairs
        return both
    }
}

extension LogFields {
    init(_ counts: TapCounts) {
        self = [
            "received": counts.received, "drained": counts.drained, "ring_dropped": counts.ringDropped,
            "ring_freezes": counts.ringFreezes,
        ]
    }

    init(_ counts: CaptureCounts) {
        self = [
            "matched": counts.matched, "written": counts.written, "hold_dropped": counts.holdDropped,
            "disk_dropped": counts.diskDropped, "truncated": counts.truncated,
        ]
    }

    /// A segment's content and place.
    init(_ segment: SegmentSummary) { self = LogFields(contentOf: segment) + ["file": segment.path] }

    /// What a segment holds.
    init(contentOf segment: SegmentSummary) {
        self = ["packets": segment.packets, "bytes": segment.size, "first": segment.first, "last": segment.last]
    }
}
