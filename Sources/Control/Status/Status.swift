import Counters
package import Linux

/// The state of the daemon and an account of every packet, at one moment.
///
/// Counters have the same names everywhere and never decrease while the daemon runs. A rate is the difference between
/// two statuses divided by that of their `uptimeSeconds`. Invariants:
///
///     interface: received = drained + ring_dropped + in_flight
///     capture:   matched  = written + hold_dropped + disk_dropped + in_flight
package struct Status: Codable, Equatable, Sendable {
    /// The version of the daemon.
    package var version: String
    /// The process ID.
    package var process: Int32
    package var state: DaemonState
    /// When the status was taken.
    package var time: Timestamp
    /// The time since the daemon's start by the monotonic clock, in seconds.
    package var uptimeSeconds: Double
    package var configuration: ConfigurationStatus
    /// The captures in the order of the configuration.
    package var captures: [CaptureStatus]
    /// The interfaces that have or had a tap, by name.
    package var interfaces: [InterfaceStatus]
    /// The bucket bounds of the histograms.
    package var buckets: HistogramBuckets
    /// The resources that the daemon uses; nil if the daemon predates this field.
    package var usage: UsageStatus?
    /// Log lines dropped since the start because the log's reader was too slow.
    package var logDropped: UInt64?

    package init(
        version: String, process: Int32, state: DaemonState, time: Timestamp, uptimeSeconds: Double,
        configuration: ConfigurationStatus, captures: [CaptureStatus], interfaces: [InterfaceStatus],
        buckets: HistogramBuckets
    ) {
        (self.version, self.process, self.state, self.time) = (version, process, state, time)
        (self.uptimeSeconds, self.configuration) = (uptimeSeconds, configuration)
        (self.captures, self.interfaces, self.buckets) = (captures, interfaces, buckets)
    }
}

package enum DaemonState: String, Codable, Sendable {
    case capturing
    /// A new configuration is being applied.
    case reloading
    /// The daemon writes what the kernel has accepted, and then exits.
    case stopping
}

/// The configuration in force.
package struct ConfigurationStatus: Codable, Equatable, Sendable {
    package var file: String
    /// When the file was read.
    package var loaded: Timestamp
    /// The number of reloads.
    package var reloads: UInt64
    /// The number of reloads rejected because of an invalid configuration.
    package var failedReloads: UInt64
    /// Whether the most recent reload was rejected; nil if the daemon predates this field.
    package var isRefused: Bool?
    /// The absolute path of the directory for captures without a directory of their own; nil if the daemon predates
    /// this field.
    package var directory: String?

    package init(
        file: String, directory: String? = nil, loaded: Timestamp, reloads: UInt64 = 0, failedReloads: UInt64 = 0
    ) {
        (self.file, self.directory, self.loaded) = (file, directory, loaded)
        (self.reloads, self.failedReloads) = (reloads, failedReloads)
    }
}

extension Status {
    /// The directories whose file system does not answer, and for how long, in seconds.
    package var stalls: [(directory: String, seconds: Double)] {
        captures.compactMap { capture in
            let ages = capture.interfaces.compactMap(\.stalledSeconds) + [capture.storage.unansweredSeconds ?? 0]
            return ages.max().flatMap { $0 > 0 ? (capture.storage.directory, $0) : nil }
        }
    }
}

extension Status {
    /// Packets dropped since the daemon's start, by the name of their counter, including zeros.
    package var losses: [(counter: String, packets: UInt64)] {
        let sources = captures.flatMap(\.interfaces)
        return TapCounter.losses.map { counter in (counter.name, interfaces.map { $0[counter] }.reduce(0, +)) }
            + CaptureCounter.losses.map { counter in (counter.name, sources.map { $0[counter] }.reduce(0, +)) }
    }

    /// Packets dropped since the daemon's start, for any cause.
    package var lost: UInt64 { losses.map(\.packets).reduce(0, +) }
}

/// The resources that the daemon uses.
package struct UsageStatus: Codable, Equatable, Sendable {
    /// When the process started.
    package var started: Timestamp
    /// The CPU time of all threads, in seconds.
    package var cpuSeconds: Double
    /// The resident memory in bytes, including shared memory and rings.
    package var residentBytes: UInt64?
    package var threads: UInt64?
    package var openFiles: UInt64?
    package var maxFiles: UInt64?
    /// The memory of the kernel's rings, in bytes.
    package var ringBytes: UInt64
    /// The maximum memory of the captures' buffers, in bytes.
    package var bufferBytes: UInt64

    package init(started: Timestamp, ringBytes: UInt64, bufferBytes: UInt64) {
        (self.started, cpuSeconds) = (started, 0)
        (self.ringBytes, self.bufferBytes) = (ringBytes, bufferBytes)
    }
}
