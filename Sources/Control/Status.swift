public import Linux

/// The state of the daemon and an account of every packet, at one moment.
///
/// Counters have the same names everywhere and never decrease while the daemon runs. A rate is the difference between
/// two statuses divided by that of their `uptimeSeconds`. Invariants:
///
///     interface: received = drained + ring_dropped + in_flight
///     capture:   matched  = written + hold_dropped + disk_dropped + in_flight
public struct Status: Codable, Equatable, Sendable {
    /// The version of the daemon.
    public var version: String
    /// The process ID.
    public var process: Int32
    public var state: DaemonState
    /// When the status was taken.
    public var time: Timestamp
    /// The time since the daemon's start by the monotonic clock, in seconds.
    public var uptimeSeconds: Double
    public var configuration: ConfigurationStatus
    /// The captures in the order of the configuration.
    public var captures: [CaptureStatus]
    /// The interfaces that have or had a tap, by name.
    public var interfaces: [InterfaceStatus]
    /// The bucket bounds of the histograms.
    public var buckets: HistogramBuckets
    /// The resources that the daemon uses; nil if the daemon predates this field.
    public var usage: UsageStatus?
    /// Log lines dropped since the start because the log's reader was too slow.
    public var logDropped: UInt64?

    public init(
        version: String, process: Int32, state: DaemonState, time: Timestamp, uptimeSeconds: Double,
        configuration: ConfigurationStatus, captures: [CaptureStatus], interfaces: [InterfaceStatus],
        buckets: HistogramBuckets
    ) {
        (self.version, self.process, self.state, self.time) = (version, process, state, time)
        (self.uptimeSeconds, self.configuration) = (uptimeSeconds, configuration)
        (self.captures, self.interfaces, self.buckets) = (captures, interfaces, buckets)
    }
}

/// The upper bounds of histogram buckets. The last bucket, which has no bound, is not included.
public struct HistogramBuckets: Codable, Equatable, Sendable {
    /// Bounds of durations, in seconds.
    public var seconds: [Double]
    /// Bounds of packet sizes, in bytes.
    public var bytes: [Double]
    /// Bounds of ratios, from 0 to 1.
    public var ratio: [Double]

    public init(seconds: [Double], bytes: [Double], ratio: [Double]) {
        (self.seconds, self.bytes, self.ratio) = (seconds, bytes, ratio)
    }
}

public enum DaemonState: String, Codable, Sendable {
    case capturing
    /// A new configuration is being applied.
    case reloading
    /// The daemon writes what the kernel has accepted, and then exits.
    case stopping
}

/// The configuration in force.
public struct ConfigurationStatus: Codable, Equatable, Sendable {
    public var file: String
    /// When the file was read.
    public var loaded: Timestamp
    /// The number of reloads.
    public var reloads: UInt64
    /// The number of reloads rejected because of an invalid configuration.
    public var failedReloads: UInt64
    /// Whether the most recent reload was rejected; nil if the daemon predates this field.
    public var isRefused: Bool?
    /// The absolute path of the directory for captures without a directory of their own; nil if the daemon predates
    /// this field.
    public var directory: String?

    public init(
        file: String, directory: String? = nil, loaded: Timestamp, reloads: UInt64 = 0, failedReloads: UInt64 = 0
    ) {
        (self.file, self.directory, self.loaded) = (file, directory, loaded)
        (self.reloads, self.failedReloads) = (reloads, failedReloads)
    }
}

/// A capture of the configuration.
public struct CaptureStatus: Codable, Equatable, Sendable {
    public var name: String
    public var state: CaptureState
    /// The configured interface or pattern.
    public var interface: String
    /// The name of the filter; nil if the capture keeps every packet.
    public var filter: String?
    public var storage: StorageStatus
    /// The state on each interface, by name, including interfaces that no longer exist.
    public var interfaces: [SourceStatus]
    /// The gaps in the capture and the time of its last loss; nil if the daemon predates this field.
    public var coverage: CoverageStatus?

    public init(
        name: String, state: CaptureState, interface: String, filter: String?, storage: StorageStatus,
        interfaces: [SourceStatus]
    ) {
        (self.name, self.state, self.interface, self.filter) = (name, state, interface, filter)
        (self.storage, self.interfaces) = (storage, interfaces)
    }

    /// The size of the sealed and open segments, in bytes.
    public var diskUsed: Int64 { storage.bytes + interfaces.flatMap(\.openSegments).map(\.bytes).reduce(0, +) }
}

/// The state of a capture. For several interfaces, it is the worst of their states.
public enum CaptureState: String, Codable, Sendable, CaseIterable {
    case capturing
    /// No matching interface exists and is up.
    case waiting
    /// The disk refuses packets. The capture resumes by itself.
    case suspended
    /// The kernel refuses the capture's filter on the interface.
    case refused
    /// The interface is gone, or the capture no longer uses it. The counters are final.
    case ended
}

/// The sealed segments of a capture, and the space for more.
public struct StorageStatus: Codable, Equatable, Sendable {
    public var directory: String
    public var segments: Int
    /// The size of all sealed segments, in bytes.
    public var bytes: Int64
    /// The time of the first packet in the oldest sealed segment, or in the open one if there is no other; nil
    /// without packets.
    public var oldest: Timestamp?
    /// The free space of the directory's file system in bytes, including the reserve; nil if the file system does not
    /// report it, or not in time.
    public var freeBytes: Int64?
    /// The free-space reserve in bytes (`free-space`).
    public var reserveBytes: Int64
    /// The number of segments whose names lie ahead of the clock. They expire first.
    public var misdated: Int
    /// The number of segments removed by retention since the daemon's start, by reason, including zeros.
    public var removed: [RemovedStatus]
    /// Segments in the directory of captures that do not write there, as found at the start. No retention removes
    /// them.
    public var orphans: [OrphanStatus]

    public init(
        directory: String, segments: Int, bytes: Int64, oldest: Timestamp?, freeBytes: Int64? = nil,
        reserveBytes: Int64,
        misdated: Int = 0, removed: [RemovedStatus] = [], orphans: [OrphanStatus] = []
    ) {
        (self.directory, self.segments, self.bytes, self.oldest) = (directory, segments, bytes, oldest)
        (self.freeBytes, self.reserveBytes) = (freeBytes, reserveBytes)
        (self.misdated, self.removed, self.orphans) = (misdated, removed, orphans)
    }
}

/// The segments that retention has removed for one reason.
public struct RemovedStatus: Codable, Equatable, Sendable {
    /// `size`, `files`, `age`, `free-space` or `inodes`.
    public var reason: String
    public var segments: UInt64

    public init(reason: String, segments: UInt64) { (self.reason, self.segments) = (reason, segments) }
}

/// The segments of a capture that does not write to the directory.
public struct OrphanStatus: Codable, Equatable, Sendable {
    /// The name of the capture; without a ledger in the directory, an inference from the file names.
    public var capture: String
    public var segments: Int
    public var bytes: Int64

    public init(capture: String, segments: Int, bytes: Int64) {
        (self.capture, self.segments, self.bytes) = (capture, segments, bytes)
    }
}

/// A capture on one interface, summed over all workers that share the interface.
public struct SourceStatus: Codable, Equatable, Sendable {
    public var interface: String
    public var state: CaptureState
    /// Why the capture is not capturing, if there is a reason to report.
    public var reason: String?
    /// Packets that belong to this capture.
    public var matched: UInt64
    /// Packets written to segments.
    public var written: UInt64
    /// Packets dropped because no buffer was free.
    public var holdDropped: UInt64
    /// Packets dropped because the disk did not accept them.
    public var diskDropped: UInt64
    /// Packets cut to the snap length. They are not drops.
    public var truncated: UInt64
    /// Packets in buffers, not yet written.
    public var inFlight: Int64
    /// Bytes written to files.
    public var writtenBytes: UInt64
    /// The time of the newest packet; nil if there has been none since the daemon's start.
    public var newest: Timestamp?
    /// The open segments, one per worker.
    public var openSegments: [SegmentStatus]
    /// For how long the disk has not responded to the capture's writer, in seconds; nil if it responds.
    public var stalledSeconds: Double?
    /// Lengths on the wire of matched packets, in bytes.
    public var packetSizes: HistogramStatus
    /// How long no buffer was free when one was needed, in seconds.
    public var holdWaits: HistogramStatus
    /// The duration of writing a hold buffer, in seconds.
    public var writes: HistogramStatus
    /// The age of the oldest packet in a hold buffer when the buffer was written, in seconds.
    public var flushAges: HistogramStatus

    public init(
        interface: String, state: CaptureState, reason: String?, matched: UInt64, written: UInt64, holdDropped: UInt64,
        diskDropped: UInt64, truncated: UInt64, inFlight: Int64, writtenBytes: UInt64, newest: Timestamp?,
        openSegments: [SegmentStatus], packetSizes: HistogramStatus, holdWaits: HistogramStatus,
        writes: HistogramStatus, flushAges: HistogramStatus
    ) {
        (self.interface, self.state, self.reason) = (interface, state, reason)
        (self.matched, self.written, self.holdDropped) = (matched, written, holdDropped)
        (self.diskDropped, self.truncated, self.inFlight) = (diskDropped, truncated, inFlight)
        (self.writtenBytes, self.newest, self.openSegments) = (writtenBytes, newest, openSegments)
        (self.packetSizes, self.holdWaits, self.writes, self.flushAges) = (packetSizes, holdWaits, writes, flushAges)
    }
}

/// A histogram.
public struct HistogramStatus: Codable, Equatable, Sendable {
    /// The number of values in each bucket; see `HistogramBuckets`.
    public var counts: [UInt64]
    /// The sum of all values.
    public var sum: Double

    public init(counts: [UInt64], sum: Double) { (self.counts, self.sum) = (counts, sum) }
}

/// An open segment.
public struct SegmentStatus: Codable, Equatable, Sendable {
    /// The current path. The name loses its suffix `.part` when the segment is sealed.
    public var path: String
    /// The packets in the file, and its size in bytes.
    public var packets: UInt64
    public var bytes: Int64
    /// The time of its first packet.
    public var first: Timestamp

    public init(path: String, packets: UInt64, bytes: Int64, first: Timestamp) {
        (self.path, self.packets, self.bytes, self.first) = (path, packets, bytes, first)
    }
}

/// The packets from one interface through its taps, the sockets that serve the captures there.
///
/// An interface has one tap, unless its packets are spread over workers or its filters do not fit into one kernel
/// filter. The counters are sums over all present and past taps.
public struct InterfaceStatus: Codable, Equatable, Sendable {
    public var interface: String
    /// The open taps.
    public var taps: [TapStatus]
    /// Packets accepted by the kernel filter, including those dropped afterwards.
    public var received: UInt64
    /// Packets drained from the ring.
    public var drained: UInt64
    /// Packets dropped because the ring was full.
    public var ringDropped: UInt64
    /// How often the ring became full.
    public var ringFreezes: UInt64
    /// Packets in the ring, not yet drained.
    public var inFlight: Int64
    /// The fill level of the ring, from 0 to 1, each time a block was drained.
    public var ringFill: HistogramStatus

    public init(
        interface: String, taps: [TapStatus], received: UInt64, drained: UInt64, ringDropped: UInt64,
        ringFreezes: UInt64, inFlight: Int64, ringFill: HistogramStatus
    ) {
        (self.interface, self.taps) = (interface, taps)
        (self.received, self.drained, self.ringDropped) = (received, drained, ringDropped)
        (self.ringFreezes, self.inFlight, self.ringFill) = (ringFreezes, inFlight, ringFill)
    }
}

/// A tap, with its counters since it was opened.
public struct TapStatus: Codable, Equatable, Sendable {
    /// The index of the tap among those that share the interface's packets by flow.
    public var worker: Int
    /// The captures that the tap serves.
    public var captures: [String]
    public var received: UInt64
    public var drained: UInt64
    public var ringDropped: UInt64
    public var ringBytes: Int
    /// What the kernel filter accepts in excess of the captures' filters, because host lists are too long for it. For
    /// example, `superset, 10,000 addresses in 900 networks`; nil if the filter is exact.
    public var kernelFilter: String?

    public init(
        worker: Int, captures: [String], received: UInt64, drained: UInt64, ringDropped: UInt64, ringBytes: Int,
        kernelFilter: String? = nil
    ) {
        (self.worker, self.captures, self.kernelFilter) = (worker, captures, kernelFilter)
        (self.received, self.drained, self.ringDropped, self.ringBytes) = (received, drained, ringDropped, ringBytes)
    }
}

extension Status {
    /// The directories whose disk does not respond to a writer, and for how long, in seconds.
    public var stalls: [(directory: String, seconds: Double)] {
        captures.compactMap { capture in
            capture.interfaces.compactMap(\.stalledSeconds).max().map { (capture.storage.directory, $0) }
        }
    }
}

/// The resources that the daemon uses.
public struct UsageStatus: Codable, Equatable, Sendable {
    /// When the process started.
    public var started: Timestamp
    /// The CPU time of all threads, in seconds.
    public var cpuSeconds: Double
    /// The resident memory in bytes, including shared memory and rings.
    public var residentBytes: UInt64?
    public var threads: UInt64?
    public var openFiles: UInt64?
    public var maxFiles: UInt64?
    /// The memory of the kernel's rings, in bytes.
    public var ringBytes: UInt64
    /// The maximum memory of the captures' buffers, in bytes.
    public var bufferBytes: UInt64

    public init(started: Timestamp, ringBytes: UInt64, bufferBytes: UInt64) {
        (self.started, cpuSeconds) = (started, 0)
        (self.ringBytes, self.bufferBytes) = (ringBytes, bufferBytes)
    }
}
