package import Counters
package import Linux

/// A capture on one interface, summed over all workers that share the interface.
package typealias SourceStatus = CountedStatus<SourceFields>

package struct SourceFields: StatusFields {
    package typealias Counter = CaptureCounter

    package var interface: String
    package var state: CaptureState
    /// Why the capture is not capturing, if there is a reason to report.
    package var reason: String?
    /// Packets in buffers, not yet written.
    package var inFlight: Int64
    /// Bytes written to files.
    package var writtenBytes: UInt64
    /// The time of the newest packet; nil if there has been none since the daemon's start.
    package var newest: Timestamp?
    /// The open segments, one per worker.
    package var openSegments: [SegmentStatus]
    /// For how long the disk has not responded to the capture's writer, in seconds; nil if it responds.
    package var stalledSeconds: Double?
    /// Lengths on the wire of matched packets, in bytes.
    package var packetSizes: HistogramStatus
    /// How long no buffer was free when one was needed, in seconds.
    package var holdWaits: HistogramStatus
    /// The duration of writing a hold buffer, in seconds.
    package var writes: HistogramStatus
    /// The age of the oldest packet in a hold buffer when the buffer was written, in seconds.
    package var flushAges: HistogramStatus

    package init(
        interface: String, state: CaptureState, reason: String?, inFlight: Int64, writtenBytes: UInt64,
        newest: Timestamp?, openSegments: [SegmentStatus], packetSizes: HistogramStatus, holdWaits: HistogramStatus,
        writes: HistogramStatus, flushAges: HistogramStatus
    ) {
        (self.interface, self.state, self.reason) = (interface, state, reason)
        (self.inFlight, self.writtenBytes) = (inFlight, writtenBytes)
        (self.newest, self.openSegments) = (newest, openSegments)
        (self.packetSizes, self.holdWaits, self.writes, self.flushAges) = (packetSizes, holdWaits, writes, flushAges)
    }
}

/// An open segment.
package struct SegmentStatus: Codable, Equatable, Sendable {
    /// The current path. The name loses its suffix `.part` when the segment is sealed.
    package var path: String
    /// The packets in the file, and its size in bytes.
    package var packets: UInt64
    package var bytes: Int64
    /// The time of its first packet.
    package var first: Timestamp

    package init(path: String, packets: UInt64, bytes: Int64, first: Timestamp) {
        (self.path, self.packets, self.bytes, self.first) = (path, packets, bytes, first)
    }
}
