import Capture
import Control
import Glibc
import Linux
import Rules
import Segments
import Settings

/// The status of the daemon for clients.
extension Supervisor {
    /// The complete status at this moment.
    var status: Status {
        let sources = self.sources
        let tapped = Dictionary(grouping: taps.all) { $0.rule.interface.name }
        let silent = Dictionary(disks.queues.stalls().map { ($0.directory, $0.age) }) { max($0, $1) }
        let names = Set(tapped.keys).union(accounts.history.interfaces.values.keys)
        var current = Status(
            version: Version.text, process: getpid(),
            state: stop != nil ? .stopping : reload.isUnderWay ? .reloading : .capturing, time: .now,
            uptimeSeconds: Double(Clock.monotonic() - began) / .nanosecondsPerSecond,
            configuration: ConfigurationStatus(
                file: path, directory: settings.directory, loaded: loaded, reloads: UInt64(reload.succeeded),
                failedReloads: UInt64(reload.failed)),
            captures: settings.captures.map { capture in
                var status = self.status(of: capture, sources.filter { $0.record.source.capture == capture.rule.name })
                status.storage.noteSilence(silent[status.storage.directory])
                return status
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
