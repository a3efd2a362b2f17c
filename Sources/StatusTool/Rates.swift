package import Control
import Counters

/// Rates of the counters between two statuses of one daemon.
package struct Rates: Sendable {
    /// A capture on an interface.
    struct Source: Hashable {
        let capture, interface: String
    }

    /// Rates per second.
    struct Rate {
        var packets = 0.0
        /// Bytes of those packets on the wire.
        var bytes = 0.0
        var lost = 0.0

        static func + (left: Rate, right: Rate) -> Rate {
            Rate(packets: left.packets + right.packets, bytes: left.bytes + right.bytes, lost: left.lost + right.lost)
        }
    }

    private var sources: [Source: Rate] = [:]
    /// Rates of the rings of one interface.
    private struct Ring {
        /// Packets per second that the kernel's filters accepted, and how many of them the rings dropped.
        var received: Double
        var lost: Double
        var fill: HistogramStatus
    }

    private var rings: [String: Ring] = [:]
    /// Sizes of the packets between the two statuses.
    private(set) var sizes: HistogramStatus?
    private let buckets: HistogramBuckets
    /// Seconds between the two statuses.
    private(set) var seconds = 0.0

    /// Rates are unknown if the daemon restarted between the two statuses.
    package init(from before: Status, to now: Status) {
        buckets = now.buckets
        let seconds = now.uptimeSeconds - before.uptimeSeconds
        guard before.process == now.process, seconds > 0 else { return }
        self.seconds = seconds
        let earlier = Dictionary(before.sources.map { ($0.source, $0.status) }) { first, _ in first }
        for (source, status) in now.sources {
            let old = earlier[source]
            let sizes = status.packetSizes - old?.packetSizes
            sources[source] = Rate(
                packets: status[.matched].growth(since: old?[.matched]) / seconds, bytes: sizes.sum / seconds,
                lost: status.counts.lost.growth(since: old?.counts.lost) / seconds)
            self.sizes = self.sizes.map { $0 + sizes } ?? sizes
        }
        let before = Dictionary(before.interfaces.map { ($0.interface, $0) }) { first, _ in first }
        for interface in now.interfaces {
            let old = before[interface.interface]
            rings[interface.interface] = Ring(
                received: interface[.received].growth(since: old?[.received]) / seconds,
                lost: interface.counts.lost.growth(since: old?.counts.lost) / seconds,
                fill: interface.ringFill - old?.ringFill)
        }
    }

    /// The rates of a capture on an interface; nil if unknown.
    func rate(of capture: String, on interface: String) -> Rate? {
        sources[Source(capture: capture, interface: interface)]
    }

    /// Packets per second of the whole daemon. A packet counts once, however many captures want it.
    package var packets: Double { rings.values.map(\.received).reduce(0, +) }

    /// The rates of the whole daemon. Bytes are those that captures match; `lost` is the sum of all losses.
    var total: Rate {
        var total = sources.values.reduce(Rate(), +)
        total.packets = packets
        total.lost += rings.values.map(\.lost).reduce(0, +)
        return total
    }

    /// Packets per second that an interface's rings dropped.
    func ringLoss(of interface: String) -> Double { rings[interface]?.lost ?? 0 }

    /// The highest fill level of an interface's ring, in percent; nil if no block was drained.
    func fullestRing(of interface: String) -> Int? { rings[interface]?.fill.fullest(buckets) }
}

extension Status {
    fileprivate var sources: [(source: Rates.Source, status: SourceStatus)] {
        captures.flatMap { capture in
            capture.interfaces.map { (Rates.Source(capture: capture.name, interface: $0.interface), $0) }
        }
    }
}

extension UInt64 {
    /// The growth of a counter. A counter without an earlier value grew from 0.
    fileprivate func growth(since before: UInt64?) -> Double { Double(self - Swift.min(self, before ?? 0)) }
}

extension HistogramStatus {
    /// The highest observed share, in percent, of a histogram of shares.
    func fullest(_ buckets: HistogramBuckets) -> Int? {
        counts.lastIndex { $0 > 0 }.map { Int((buckets.ratio[min($0, buckets.ratio.count - 1)] * 100).rounded()) }
    }

    fileprivate static func + (left: HistogramStatus, right: HistogramStatus) -> HistogramStatus {
        HistogramStatus(
            counts: zip(left.counts, right.counts).map { $0 + $1 },
            sum: left.sum + right.sum)
    }

    fileprivate static func - (left: HistogramStatus, right: HistogramStatus?) -> HistogramStatus {
        guard let right else { return left }
        return HistogramStatus(
            counts: zip(left.counts, right.counts).map { $0 - min($0, $1) },
            sum: max(0, left.sum - right.sum))
    }
}
