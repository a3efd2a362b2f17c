// How records of the data plane become the status that clients read: what each value is made from. Functions of their
// arguments alone; `Supervisor+Status` collects the records.

import Capture
import Control
import Counters
import Linux
import Rules
import Segments

extension StorageStatus {
    init(_ rule: CaptureRule, _ retention: SegmentCatalog?, open: [SegmentStatus], reserve: Int64) {
        let (holdings, removals) = (retention?.holdings, retention?.removals ?? [:])
        self.init(
            directory: rule.directory, segments: holdings?.segments ?? 0, bytes: holdings?.bytes ?? 0,
            oldest: holdings?.oldest ?? open.map(\.first).min(), reserveBytes: reserve,
            misdated: retention?.misdated ?? 0,
            removed: Removal.Reason.allCases.map { reason in
                RemovedStatus(reason: reason.rawValue, segments: removals[reason] ?? 0)
            },
            orphans: (retention?.others ?? []).map { other in
                OrphanStatus(capture: other.capture, segments: other.segments, bytes: other.bytes)
            })
    }
}

extension StorageStatus {
    /// Notes that the directory's file system has not answered for so many nanoseconds.
    mutating func noteSilence(_ age: UInt64?) {
        guard let age else { return }
        unansweredSeconds = max(unansweredSeconds ?? 0, Double(age) / .nanosecondsPerSecond)
    }
}

extension SourceStatus {
    init(_ record: CaptureRecord, state: CaptureState, reason: String?) {
        let activity = record.activity
        self.init(
            record.counts,
            SourceFields(
                interface: record.source.interface, state: state, reason: reason, inFlight: record.counts.inFlight,
                writtenBytes: activity.writtenBytes, newest: activity.newest,
                openSegments: activity.openSegments.map { SegmentStatus($0) },
                packetSizes: HistogramStatus(activity.packetSizes, .size),
                holdWaits: HistogramStatus(activity.holdWaits, .duration),
                writes: HistogramStatus(activity.writes, .duration),
                flushAges: HistogramStatus(activity.flushAges, .duration)))
        self.stalledSeconds = activity.storingSince.flatMap { since in
            let seconds = Double(Clock.monotonic() - min(since, Clock.monotonic())) / .nanosecondsPerSecond
            return seconds >= stallLimit ? seconds : nil
        }
    }

    func refused(because reason: String) -> SourceStatus {
        var status = self
        (status.state, status.reason) = (.refused, reason)
        return status
    }
}

extension SegmentStatus {
    init(_ segment: SegmentSummary) {
        self.init(
            path: segment.path + SegmentName.openSuffix, packets: segment.packets, bytes: segment.size,
            first: segment.first)
    }
}

extension InterfaceStatus {
    init(_ name: String, taps: [RunningTap], before: History.TapRecord?) {
        let sum = taps.map { History.TapRecord($0) }.reduce(before ?? History.TapRecord(), +)
        self.init(
            sum.counts,
            InterfaceFields(
                interface: name, taps: taps.map { TapStatus($0) }, inFlight: sum.counts.inFlight,
                ringFill: HistogramStatus(sum.ringFill, .share)))
    }
}

extension TapStatus {
    init(_ tap: RunningTap) {
        self.init(
            tap.counts,
            TapFields(
                worker: tap.rule.worker, captures: tap.rule.captures.map(\.rule.name), ringBytes: tap.ring.size,
                kernelFilter: tap.superset.map { "\($0)" }))
    }
}

extension HistogramStatus {
    init(_ histogram: Histogram, _ scale: HistogramScale) {
        self.init(
            counts: Array(histogram.counts.prefix(scale.bounds.count + 1)), sum: Double(histogram.sum) / scale.unit)
    }
}

extension HistogramBuckets {
    static let all = HistogramBuckets(
        seconds: bounds(.duration), bytes: bounds(.size), ratio: bounds(.share))

    private static func bounds(_ scale: HistogramScale) -> [Double] { scale.bounds.map { Double($0) / scale.unit } }
}

extension HistogramScale {
    /// Units of the scale per unit of the status: second, byte, whole.
    fileprivate var unit: Double {
        switch self {
        case .duration: .nanosecondsPerSecond
        case .size: 1
        case .share: 8
        }
    }
}

/// Seconds that a disk may take before its capture is reported as stalled.
private let stallLimit = 2.0
