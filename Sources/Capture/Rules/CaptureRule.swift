import CLinux
import Glibc
public import Pcap
public import Segments

/// How one capture stores the packets that its filter accepts: the storage half of a configuration entry.
public struct CaptureRule: Equatable, Sendable {
    /// The capture's name in the configuration, and the first part of each segment's name.
    public var name: String
    /// Directory of its segments; created if missing.
    public var directory: String
    public var kind: SegmentKind
    /// Its filter as an expression, for the headers of file formats that have a place for it.
    public var filter: String?
    /// Most bytes kept of a packet, VLAN tag included.
    public var snapLength: UInt32
    public var precision: Precision
    public var rotation: Rotation
    public var retention: RetentionRule
    public var sync: Sync
    /// Longest time that a record waits in store, in nanoseconds.
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

/// Limits that end a segment; the first one reached counts. Nil: no limit.
public struct Rotation: Equatable, Sendable {
    /// Bytes of the file, header included. A segment ends before the packet that would exceed it.
    public var size: Int?
    /// Seconds. Boundaries are the multiples of this interval since 1970, UTC, in packet time.
    public var every: Int64?
    public var packets: UInt64?

    public init(size: Int? = nil, every: Int64? = nil, packets: UInt64? = nil) {
        (self.size, self.every, self.packets) = (size, every, packets)
    }
}

/// How much of a capture a power failure may cost.
public enum Sync: String, CaseIterable, Sendable {
    /// Everything that the kernel has not written back.
    case none
    /// At most the open segment: a segment is synced before it is sealed.
    case segment
    /// At most one hold buffer.
    case hold
}
