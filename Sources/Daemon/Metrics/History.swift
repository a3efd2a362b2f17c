import Capture
import Linux

/// What taps had counted that have ended: an interface that comes back, or a tap that a new configuration replaces, goes on
/// counting where it was, so that no count goes down and no loss is forgotten while the daemon runs.
struct History {
    /// Interfaces that are remembered after they have gone, and captures on interfaces: a host of many containers has new
    /// ones all day.
    static let limit = 256

    private(set) var sources = Memory<CaptureSource, CaptureRecord>()
    private(set) var interfaces = Memory<String, TapRecord>()

    /// What the taps of one interface counted.
    struct TapRecord {
        var counts = TapCounts()
        var ringFill = Histogram()

        static func + (left: TapRecord, right: TapRecord) -> TapRecord {
            TapRecord(counts: left.counts + right.counts, ringFill: left.ringFill + right.ringFill)
        }
    }

    /// A writer has ended.
    mutating func add(_ record: CaptureRecord) {
        sources.update(record.source) { $0.map { $0 + record } ?? record }
    }

    /// A tap has ended.
    mutating func add(_ record: TapRecord, of interface: String) {
        interfaces.update(interface) { ($0 ?? TapRecord()) + record }
    }

    /// The last values for a limited number of keys.
    struct Memory<Key: Hashable, Value> {
        private(set) var values: [Key: Value] = [:]
        /// The one that was changed last comes last.
        private var order: [Key] = []

        mutating func update(_ key: Key, _ next: (Value?) -> Value) {
            values[key] = next(values[key])
            order.removeAll { $0 == key }
            order.append(key)
            if order.count > History.limit { values[order.removeFirst()] = nil }
        }
    }
}

extension History.TapRecord {
    init(_ tap: RunningTap) { self.init(counts: tap.counts, ringFill: tap.ringFill) }
}
