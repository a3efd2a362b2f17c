import Capture
import Control
import Glibc
import Linux
import Settings

/// What the supervisor answers to whoever asks for the status.
extension Supervisor {
    /// Everything it knows, at this moment.
    var status: Status {
        let sources = Dictionary(grouping: taps.values.flatMap(\.captureCounts), by: \.source)
        return Status(
            version: Version.text, process: getpid(),
            state: stop != nil ? .stopping : reload != nil ? .reloading : .capturing, time: .now,
            uptimeSeconds: Double(Clock.monotonic() - began) / 1e9,
            configuration: ConfigurationStatus(file: path, loaded: loaded),
            captures: settings.captures.map { status(of: $0, sources) },
            taps: taps.values.map(status(of:)).sorted { ($0.interface, $0.worker) < ($1.interface, $1.worker) })
    }

    private func status(
        of capture: Settings.Capture, _ sources: [CaptureSource: [(source: CaptureSource, counts: CaptureCounts)]]
    ) -> CaptureStatus {
        let own = sources.filter { $0.key.capture == capture.rule.name }.sorted { $0.key.interface < $1.key.interface }
        return CaptureStatus(
            name: capture.rule.name, state: own.isEmpty ? .waiting : .capturing, interface: capture.interface.text,
            filter: capture.filter?.name,
            storage: StorageStatus(directory: capture.rule.directory, segments: 0, bytes: 0, oldest: nil),
            interfaces: own.map { status(of: $0.key, $0.value.map(\.counts).reduce(CaptureCounts(), +)) })
    }

    private func status(of source: CaptureSource, _ counts: CaptureCounts) -> SourceStatus {
        SourceStatus(
            interface: source.interface, state: .capturing, matched: counts.matched, written: counts.written,
            holdDropped: counts.holdDropped, diskDropped: counts.diskDropped, truncated: counts.truncated,
            inFlight: counts.inFlight)
    }

    private func status(of tap: RunningTap) -> TapStatus {
        let counts = tap.counts
        return TapStatus(
            interface: tap.rule.interface.name, worker: tap.rule.worker, captures: tap.rule.captures.map(\.rule.name),
            received: counts.received, drained: counts.drained, ringDropped: counts.ringDropped,
            ringFreezes: counts.ringFreezes, inFlight: counts.inFlight, ringBytes: tap.ring.size)
    }
}
