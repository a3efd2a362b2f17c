import CLinux
import Glibc
public import Pcap

/// What one capture does with the packets its filter accepts: the storage half of a configuration entry.
public struct CaptureRule: Equatable, Sendable {
    /// The capture's name in the configuration; the first part of every segment's name.
    public var name: String
    /// Where its segments go; made when it is not there.
    public var directory: String
    public var kind: SegmentKind
    /// Its filter as an expression, for files that tell it.
    public var filter: String?
    /// The most bytes kept of a packet, VLAN tag included.
    public var snapLength: UInt32
    public var precision: Precision
    public var rotation: Rotation
    public var retention: RetentionRule
    public var sync: Sync
    /// The longest time a record waits in store, in nanoseconds.
    public var flush: UInt64
    public var buffers: BufferGeometry

    public init(
        name: String, directory: String, kind: SegmentKind = .pcap, filter: String? = nil, snapLength: UInt32,
        precision: Precision, rotation: Rotation, retention: RetentionRule, sync: Sync, flush: UInt64,
        buffers: BufferGeometry
    ) {
        (self.name, self.directory, self.kind, self.filter) = (name, directory, kind, filter)
        (self.snapLength, self.precision) = (snapLength, precision)
        (self.rotation, self.retention, self.sync) = (rotation, retention, sync)
        (self.flush, self.buffers) = (flush, buffers)
    }
}

/// When a segment ends: at the first of these that is reached. Nil: never for that reason.
public struct Rotation: Equatable, Sendable {
    /// Bytes of the file, header included; a segment ends before the packet that would exceed it.
    public var size: Int?
    /// Seconds; boundaries are the multiples of it since 1970, UTC, by packet time.
    public var every: Int64?
    public var packets: UInt64?

    public init(size: Int? = nil, every: Int64? = nil, packets: UInt64? = nil) {
        (self.size, self.every, self.packets) = (size, every, packets)
    }
}

/// Which sealed segments of a capture, over all its interfaces, may stay. All limits hold; the oldest go first.
public struct RetentionRule: Equatable, Sendable {
    /// Bytes.
    public var size: Int64?
    public var files: Int?
    /// Seconds since the segment's first packet.
    public var age: Int64?

    public init(size: Int64? = nil, files: Int? = nil, age: Int64? = nil) {
        (self.size, self.files, self.age) = (size, files, age)
    }

    public static let everything = RetentionRule()
}

/// How much of a capture a power failure may cost.
public enum Sync: String, CaseIterable, Sendable {
    /// What the kernel has not written yet.
    case none
    /// At most the open segment: a segment is on the disk before it is sealed.
    case segment
    /// At most one hold buffer.
    case hold
}

/// The buffers of a store: how large, how many. See `Store`.
public struct BufferGeometry: Equatable, Sendable {
    /// Bytes of each; a multiple of the page size.
    public var size: Int
    public var count: Int

    public init(size: Int, count: Int) { (self.size, self.count) = (size, count) }
}

/// Which packets a tap wants: those the host receives, those it sends, or both.
public enum Direction: String, CaseIterable, Sendable {
    case `in`, out, both
}

/// The kernel ring of a tap: TPACKET_V3 blocks.
public struct RingGeometry: Equatable, Hashable, Sendable {
    /// Bytes of the whole ring and of one block; both multiples of the page size.
    public var size: Int
    public var block: Int
    /// Milliseconds after which the kernel hands over a block that is not full.
    public var timeout: UInt32
    /// Rings, and drain threads, for each tap: the kernel spreads packets over them by flow.
    public var workers: Int

    public init(size: Int, block: Int, timeout: UInt32, workers: Int = 1) {
        (self.size, self.block, self.timeout, self.workers) = (size, block, timeout, workers)
    }

    /// How many blocks.
    public var count: Int { size / block }
}

/// Which processors the threads of the data plane run on, in turn; none named: wherever the kernel puts them.
public struct Processors: Equatable, Sendable {
    public var drain: [Int]
    public var writer: [Int]

    public init(drain: [Int] = [], writer: [Int] = []) { (self.drain, self.writer) = (drain, writer) }

    /// Those that this process may run on. See sched_getaffinity(2), cpuset(7).
    public static var allowed: [Int] {
        (0..<sysconf(CInt(_SC_NPROCESSORS_CONF))).filter { holdfast_may_run_on(CInt($0)) != 0 }
    }

    /// The processor of a tap's drain thread.
    func drain(worker: Int) -> Int? { drain.isEmpty ? nil : drain[worker % drain.count] }

    /// The processor of a writer thread, by its place among those of its tap.
    func writer(worker: Int, place: Int) -> Int? { writer.isEmpty ? nil : writer[(worker + place) % writer.count] }
}
