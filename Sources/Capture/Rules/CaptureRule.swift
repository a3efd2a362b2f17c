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

/// How much of a capture a power failure may cost.
public enum Sync: String, CaseIterable, Sendable {
    /// What the kernel has not written yet.
    case none
    /// At most the open segment: a segment is on the disk before it is sealed.
    case segment
    /// At most one hold buffer.
    case hold
}
