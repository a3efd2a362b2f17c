import Capture
import Counters
import Linux

/// The counts of taps that have ended. When an interface returns, or a reload replaces a tap, counting continues from
/// there. So no counter decreases and no drop is forgotten while the daemon runs.
struct History {
    /// Most interfaces and sources that are kept after they have ended: a host with many containers gets new ones all
    /// the time.
    static let limit = 256

    private(set) var sources = Memory<CaptureSource, CaptureRecord>()
    private(set) var interfaces = Memory<String, TapRecord>()

    /// The counts of an interface's taps.
    struct TapRecord {
        var counts = TapCounts()
        var ringFill = Histogram()

        static func + (left: TapRecord, right: TapRecord) -> TapRecord {
            TapRecord(counts: left.counts + right.counts, ringFill: left.ringFill + right.ringFill)
        }
    }

    /// Adds the record of a writer that has ended.
    mutating func add(_ record: CaptureRecord) {
        sources.update(record.source) { $0.map { $0 + record } ?? record }
    }

    /// Adds the record of a tap that has ended.
    mutating func add(_ record: TapRecord, of interface: String) {
        interfaces.update(interface) { ($0 ?? TapRecord()) + record }
    }

    /// The last values of a limited number of keys.
    struct Memory<Key: Hashable, Value> {
        private(set) var values: [Key: Value] = [:]
        /// The keys, ordered by their last change, the latest last.
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
