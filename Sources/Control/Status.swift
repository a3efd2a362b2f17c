/// What the daemon does, and what became of every packet, at one moment.
///
/// Counts have the names that they have everywhere, and never go down while the daemon runs; a rate is the difference between
/// two statuses over that of their `uptimeSeconds`. Always:
///
///     interface: received = drained + ring_dropped + in_flight
///     capture:   matched  = written + hold_dropped + disk_dropped + in_flight
public struct Status: Codable, Equatable, Sendable {
    /// The daemon's release.
    public var version: String
    /// Its process number.
    public var process: Int32
    public var state: DaemonState
    /// When this was.
    public var time: Moment
    /// How long it had run then, by a clock that nobody sets.
    public var uptimeSeconds: Double
    public var configuration: ConfigurationStatus
    /// In the order of the configuration.
    public var captures: [CaptureStatus]
    /// By name: those that have a tap, and those that had one.
    public var interfaces: [InterfaceStatus]
    /// What the histograms count.
    public var buckets: HistogramBuckets
    /// What the daemon costs; nil: the daemon is older than this field.
    public var usage: UsageStatus?
    /// Log lines dropped since the start, as the log's reader was too slow.
    public var logDropped: UInt64?

    public init(
        version: String, process: Int32, state: DaemonState, time: Moment, uptimeSeconds: Double,
        configuration: ConfigurationStatus, captures: [CaptureStatus], interfaces: [InterfaceStatus],
        buckets: HistogramBuckets
    ) {
        (self.version, self.process, self.state, self.time) = (version, process, state, time)
        (self.uptimeSeconds, self.configuration) = (uptimeSeconds, configuration)
        (self.captures, self.interfaces, self.buckets) = (captures, interfaces, buckets)
    }
}

/// The greatest value of each bucket of a histogram but the last, which has no limit.
public struct HistogramBuckets: Codable, Equatable, Sendable {
    /// Of times.
    public var seconds: [Double]
    /// Of packets.
    public var bytes: [Double]
    /// Of a whole.
    public var ratio: [Double]

    public init(seconds: [Double], bytes: [Double], ratio: [Double]) {
        (self.seconds, self.bytes, self.ratio) = (seconds, bytes, ratio)
    }
}

public enum DaemonState: String, Codable, Sendable {
    case capturing
    /// A new configuration is being put in force.
    case reloading
    /// What the kernel has accepted is being written; then it ends.
    case stopping
}

/// The configuration in force.
public struct ConfigurationStatus: Codable, Equatable, Sendable {
    public var file: String
    /// When it was read.
    public var loaded: Moment
    /// How often it was replaced.
    public var reloads: UInt64
    /// How often it was to be replaced, by one that was not right.
    public var failedReloads: UInt64
    /// Whether the file was refused when it was read last; nil: the daemon is older than this field.
    public var isRefused: Bool?
    /// Below which captures go that name no directory of their own, from the root; nil: the daemon is older than this field.
    public var directory: String?

    public init(
        file: String, directory: String? = nil, loaded: Moment, reloads: UInt64 = 0, failedReloads: UInt64 = 0
    ) {
        (self.file, self.directory, self.loaded) = (file, directory, loaded)
        (self.reloads, self.failedReloads) = (reloads, failedReloads)
    }
}

/// One capture of the configuration.
public struct CaptureStatus: Codable, Equatable, Sendable {
    public var name: String
    public var state: CaptureState
    /// The interface, or the pattern, it was given.
    public var interface: String
    /// The name of its filter; nil: every packet.
    public var filter: String?
    public var storage: StorageStatus
    /// What it does on each interface, by name, and did on those that are gone.
    public var interfaces: [SourceStatus]
    /// What is not captured, and when packets were lost last; nil: the daemon is older than this field.
    public var coverage: CoverageStatus?

    public init(
        name: String, state: CaptureState, interface: String, filter: String?, storage: StorageStatus,
        interfaces: [SourceStatus]
    ) {
        (self.name, self.state, self.interface, self.filter) = (name, state, interface, filter)
        (self.storage, self.interfaces) = (storage, interfaces)
    }

    /// Bytes of sealed and open segments.
    public var diskUsed: Int64 { storage.bytes + interfaces.flatMap(\.openSegments).map(\.bytes).reduce(0, +) }
}

/// What a capture does; of several interfaces, what it does on the one that fares worst.
public enum CaptureState: String, Codable, Sendable, CaseIterable {
    case capturing
    /// No interface of that name is there and up.
    case waiting
    /// The disk does not take packets; it goes on by itself when it does.
    case suspended
    /// The kernel refuses its filter on the interface.
    case refused
    /// The interface is gone, or the capture no longer wants it: these are its last counts.
    case ended
}

/// The sealed segments of a capture, and the room for more.
public struct StorageStatus: Codable, Equatable, Sendable {
    public var directory: String
    public var segments: Int
    /// Of all of them.
    public var bytes: Int64
    /// When the first packet of the oldest came; of the open one where there is no other; nil: no packets.
    public var oldest: Moment?
    /// Free on the directory's file system, the reserve included; nil: the file system does not say, or not at once.
    public var freeBytes: Int64?
    /// What the captures leave of that (`free-space`).
    public var reserveBytes: Int64
    /// How many of the segments are named ahead of the clock; they expire first.
    public var misdated: Int
    /// How many segments retention has removed since the daemon started, by reason, zeros included.
    public var removed: [RemovedStatus]
    /// Segments in the directory of captures that do not write there, as they were found at the start: no retention removes them.
    public var orphans: [OrphanStatus]

    public init(
        directory: String, segments: Int, bytes: Int64, oldest: Moment?, freeBytes: Int64? = nil, reserveBytes: Int64,
        misdated: Int = 0, removed: [RemovedStatus] = [], orphans: [OrphanStatus] = []
    ) {
        (self.directory, self.segments, self.bytes, self.oldest) = (directory, segments, bytes, oldest)
        (self.freeBytes, self.reserveBytes) = (freeBytes, reserveBytes)
        (self.misdated, self.removed, self.orphans) = (misdated, removed, orphans)
    }
}

/// Segments that retention has removed for one reason.
public struct RemovedStatus: Codable, Equatable, Sendable {
    /// `size`, `files`, `age`, `free-space` or `inodes`.
    public var reason: String
    public var segments: UInt64

    public init(reason: String, segments: UInt64) { (self.reason, self.segments) = (reason, segments) }
}

/// Segments of a capture that does not write there.
public struct OrphanStatus: Codable, Equatable, Sendable {
    /// The capture's name; without a ledger in the directory, what the names of the files make likely.
    public var capture: String
    public var segments: Int
    public var bytes: Int64

    public init(capture: String, segments: Int, bytes: Int64) {
        (self.capture, self.segments, self.bytes) = (capture, segments, bytes)
    }
}

/// One capture on one interface. Over all workers, where several share the interface.
public struct SourceStatus: Codable, Equatable, Sendable {
    public var interface: String
    public var state: CaptureState
    /// Why it is not capturing, where there is something to say.
    public var reason: String?
    /// Packets for this capture.
    public var matched: UInt64
    /// In segments.
    public var written: UInt64
    /// Lost: no buffer was free.
    public var holdDropped: UInt64
    /// Lost: the disk did not take them.
    public var diskDropped: UInt64
    /// Cut by the snap length; not lost.
    public var truncated: UInt64
    /// In buffers, on their way.
    public var inFlight: Int64
    /// Bytes written to files.
    public var writtenBytes: UInt64
    /// When the last packet came; nil: none has, since the daemon started.
    public var newest: Moment?
    /// Those being written, one for each worker.
    public var openSegments: [SegmentStatus]
    /// For how long the disk has not answered the capture's writer; nil: it has, a moment ago.
    public var stalledSeconds: Double?
    /// Of matched packets on the wire, in bytes.
    public var packetSizes: HistogramStatus
    /// How long no buffer was free when one was needed, in seconds.
    public var holdWaits: HistogramStatus
    /// How long it took to write a hold buffer, in seconds.
    public var writes: HistogramStatus
    /// How long the oldest packet of a hold buffer had been here when it was written, in seconds.
    public var flushAges: HistogramStatus

    public init(
        interface: String, state: CaptureState, reason: String?, matched: UInt64, written: UInt64, holdDropped: UInt64,
        diskDropped: UInt64, truncated: UInt64, inFlight: Int64, writtenBytes: UInt64, newest: Moment?,
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

/// How often values of each magnitude came.
public struct HistogramStatus: Codable, Equatable, Sendable {
    /// How many values are in each bucket; see `HistogramBuckets`.
    public var counts: [UInt64]
    /// Of all values.
    public var sum: Double

    public init(counts: [UInt64], sum: Double) { (self.counts, self.sum) = (counts, sum) }
}

/// A segment that is being written.
public struct SegmentStatus: Codable, Equatable, Sendable {
    /// Where it is now; its name loses the `.part` when it is sealed.
    public var path: String
    /// What is in the file.
    public var packets: UInt64
    public var bytes: Int64
    /// When its first packet came.
    public var first: Moment

    public init(path: String, packets: UInt64, bytes: Int64, first: Moment) {
        (self.path, self.packets, self.bytes, self.first) = (path, packets, bytes, first)
    }
}

/// What came from one interface, through its taps: the sockets that serve the captures there. It has one, unless its packets
/// are spread over workers, or its filters do not fit in one. Counts are those of all of them, and of those before.
public struct InterfaceStatus: Codable, Equatable, Sendable {
    public var interface: String
    /// Those that are open.
    public var taps: [TapStatus]
    /// Accepted by the kernel's filter, those dropped afterwards included.
    public var received: UInt64
    /// Taken out of the ring.
    public var drained: UInt64
    /// Lost: the ring was full.
    public var ringDropped: UInt64
    /// How often it was found full.
    public var ringFreezes: UInt64
    /// In the ring, on their way.
    public var inFlight: Int64
    /// How much of the ring was full whenever a block was taken out, from 0 to 1.
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

/// One tap, since it was opened.
public struct TapStatus: Codable, Equatable, Sendable {
    /// Which of the taps that share the interface's packets by flow.
    public var worker: Int
    /// The captures it serves.
    public var captures: [String]
    public var received: UInt64
    public var drained: UInt64
    public var ringDropped: UInt64
    public var ringBytes: Int
    /// What the kernel's filter accepts beside what the captures want, of lists of hosts that are too long for it:
    /// `superset, 10,000 addresses in 900 networks`; nil: nothing.
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
    /// Directories whose disk has not answered a writer, and for how many seconds.
    public var stalls: [(directory: String, seconds: Double)] {
        captures.compactMap { capture in
            capture.interfaces.compactMap(\.stalledSeconds).max().map { (capture.storage.directory, $0) }
        }
    }
}

/// What the daemon costs.
public struct UsageStatus: Codable, Equatable, Sendable {
    /// When the process started.
    public var started: Moment
    /// Processor time, of all threads.
    public var cpuSeconds: Double
    /// Memory that is in use, shared memory and rings included.
    public var residentBytes: UInt64?
    public var threads: UInt64?
    public var openFiles: UInt64?
    public var maxFiles: UInt64?
    /// Memory of the kernel's rings.
    public var ringBytes: UInt64
    /// Most memory that the captures' buffers take.
    public var bufferBytes: UInt64

    public init(started: Moment, ringBytes: UInt64, bufferBytes: UInt64) {
        (self.started, cpuSeconds) = (started, 0)
        (self.ringBytes, self.bufferBytes) = (ringBytes, bufferBytes)
    }
}
