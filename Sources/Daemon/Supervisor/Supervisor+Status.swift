import Capture
import Control
import Glibc
import Linux
import Segments
import Settings

/// The status of the daemon for clients.
extension Supervisor {
    /// The complete status at this moment.
    var status: Status {
        let sources = self.sources
        let tapped = Dictionary(grouping: taps.all) { $0.rule.interface.name }
        let names = Set(tapped.keys).union(accounts.history.interfaces.values.keys)
        var current = Status(
            version: Version.text, process: getpid(),
            state: stop != nil ? .stopping : reload.isUnderWay ? .reloading : .capturing, time: .now,
            uptimeSeconds: Double(Clock.monotonic() - began) / .nanosecondsPerSecond,
            configuration: ConfigurationStatus(
                file: path, directory: settings.directory, loaded: loaded, reloads: UInt64(reload.succeeded),
                failedReloads: UInt64(reload.failed)),
            captures: settings.captures.map { capture in
                self.status(of: capture, sources.filter { $0.record.source.capture == capture.rule.name })
            },
            interfaces: names.sorted().map { name in
                let taps = (tapped[name] ?? []).sorted { $0.index < $1.index }
                return InterfaceStatus(name, taps: taps, before: accounts.history.interfaces.values[name])
            }, buckets: .all)
        current.configuration.isRefused = reload.isRefused
        current.usage = usage
        return current
    }

    /// The memory of rings and buffers. The control server adds the usage of the process, where waiting is harmless.
    private var usage: UsageStatus {
        let rings = taps.all.map { UInt64($0.ring.size) }.reduce(0, +)
        let buffers = taps.all.flatMap { $0.rule.captures.map(\.rule.buffers) }
            .map { UInt64($0.size) * UInt64($0.count) }.reduce(0, +)
        return UsageStatus(started: started, ringBytes: rings, bufferBytes: buffers)
    }

    /// Each capture on each interface: its record so far, and whether a tap serves it now.
    private var sources: [(record: CaptureRecord, isThere: Bool)] {
        var found = accounts.history.sources.values.mapValues { (record: $0, isThere: false) }
        for record in taps.all.flatMap(\.captures) {
            found[record.source] = (found[record.source].map { $0.record + record } ?? record, true)
        }
        return found.values.sorted { $0.record.source.interface < $1.record.source.interface }
    }

    private func status(
        of capture: Settings.Capture, _ sources: [(record: CaptureRecord, isThere: Bool)]
    ) -> CaptureStatus {
        let name = capture.rule.name
        var all = sources.map { record, isThere in
            let reason = accounts.troubles[record.source]
            let state: CaptureState = !isThere ? .ended : record.activity.isSuspended ? .suspended : .capturing
            return SourceStatus(record, state: state, reason: state == .capturing ? nil : reason)
        }
        for refused in interfaces.refusals where refused.capture == name {
            let (source, reason) = (CaptureSource(capture: name, interface: refused.interface), refused.reason)
            guard !all.contains(where: { $0.interface == source.interface && $0.state != .ended }) else { continue }
            let record = all.firstIndex { $0.interface == source.interface }.map { all.remove(at: $0) }
            all.append(
                record.map { $0.refused(because: reason) }
                    ?? SourceStatus(CaptureRecord(source: source), state: .refused, reason: reason))
        }
        let states = Set(all.map(\.state))
        let state = [CaptureState.suspended, .refused, .capturing].first(where: states.contains) ?? .waiting
        var status = CaptureStatus(
            name: name, state: state, interface: capture.interface.text, filter: capture.filter?.name,
            storage: StorageStatus(
                capture.rule, retentions[name], open: all.flatMap(\.openSegments), reserve: settings.freeSpace),
            interfaces: all)
        status.coverage = coverage.status(of: name, meters: lossMeters)
        return status
    }
}

extension StorageStatus {
    fileprivate init(_ rule: CaptureRule, _ retention: SegmentCatalog?, open: [SegmentStatus], reserve: Int64) {
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

extension SourceStatus {
    fileprivate init(_ record: CaptureRecord, state: CaptureState, reason: String?) {
        let (counts, activity) = (record.counts, record.activity)
        self.init(
            interface: record.source.interface, state: state, reason: reason, matched: counts.matched,
            written: counts.written, holdDropped: counts.holdDropped, diskDropped: counts.diskDropped,
            truncated: counts.truncated, inFlight: counts.inFlight, writtenBytes: activity.writtenBytes,
            newest: activity.newest, openSegments: activity.openSegments.map { SegmentStatus($0) },
            packetSizes: HistogramStatus(activity.packetSizes, .size),
            holdWaits: HistogramStatus(activity.holdWaits, .duration),
            writes: HistogramStatus(activity.writes, .duration),
            flushAges: HistogramStatus(activity.flushAges, .duration))
        stalledSeconds = activity.storingSince.flatMap { since in
            let seconds = Double(Clock.monotonic() - min(since, Clock.monotonic())) / .nanosecondsPerSecond
            return seconds >= SourceStatus.patience ? seconds : nil
        }
    }

    /// Seconds that a disk may take before its capture is reported as stalled.
    private static let patience = 2.0

    fileprivate func refused(because reason: String) -> SourceStatus {
        var status = self
        (status.state, status.reason) = (.refused, reason)
        return status
    }
}

extension SegmentStatus {
    fileprivate init(_ segment: SegmentSummary) {
        self.init(
            path: segment.path + SegmentName.openSuffix, packets: segment.packets, bytes: segment.size,
            first: segment.first)
    }
}

extension InterfaceStatus {
    fileprivate init(_ name: String, taps: [RunningTap], before: History.TapRecord?) {
        let sum = taps.map { History.TapRecord($0) }.reduce(before ?? History.TapRecord(), +)
        self.init(
            interface: name, taps: taps.map { TapStatus($0) }, received: sum.counts.received,
            drained: sum.counts.drained, ringDropped: sum.counts.ringDropped, ringFreezes: sum.counts.ringFreezes,
            inFlight: sum.counts.inFlight, ringFill: HistogramStatus(sum.ringFill, .share))
    }
}

extension TapStatus {
    fileprivate init(_ tap: RunningTap) {
        let counts = tap.counts
        self.init(
            worker: tap.rule.worker, captures: tap.rule.captures.map(\.rule.name), received: counts.received,
            drained: counts.drained, ringDropped: counts.ringDropped, ringBytes: tap.ring.size,
            kernelFilter: tap.superset.map { "\($0)" })
    }
}

extension HistogramStatus {
    fileprivate init(_ histogram: Histogram, _ scale: HistogramScale) {
        self.init(
            counts: Array(histogram.counts.prefix(scale.bounds.count + 1)), sum: Double(histogram.sum) / scale.unit)
    }
}

extension HistogramBuckets {
    fileprivate static let all = HistogramBuckets(
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
