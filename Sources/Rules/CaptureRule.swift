import CLinux
import Glibc
package import Pcap
package import Segments

/// How one capture stores the packets that its filter accepts: the storage half of a configuration entry.
package struct CaptureRule: Equatable, Sendable {
    /// The capture's name in the configuration, and the first part of each segment's name.
    package var name: String
    /// Directory of its segments; created if missing.
    package var directory: String
    package var kind: SegmentKind
    /// Its filter as an expression, for the headers of file formats that have a place for it.
    package var filter: String?
    /// Most bytes kept of a packet, VLAN tag included.
    package var snapLength: UInt32
    package var precision: Precision
    package var rotation: Rotation
    package var retention: RetentionRule
    package var sync: Sync
    /// Longest time that a record waits in store, in nanoseconds.
    package var flush: UInt64
    package var buffers: BufferGeometry

    package init(
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
package struct Rotation: Equatable, Sendable {
    /// Bytes of the file, header included. A segment ends before the packet that would exceed it.
    package var size: Int?
    /// Seconds. Boundaries are the multiples of this interval since 1970, UTC, in packet time.
    package var every: Int64?
    package var packets: UInt64?

    package init(size: Int? = nil, every: Int64? = nil, packets: UInt64? = nil) {
        (self.size, self.every, self.packets) = (size, every, packets)
    }
}

/// How much of a capture a power failure may cost.
package enum Sync: String, CaseIterable, Sendable {
    /// Everything that the kernel has not written back.
    case none
    /// At most the open segment: a segment is synced before it is sealed.
    case segment
    /// At most one hold buffer.
    case hold
}
