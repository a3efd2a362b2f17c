package import Counters
package import Linux
package import Segments
package import SystemPackage

/// One capture on one interface: the owner of a writer thread, its counters and a sequence of segments.
package struct CaptureSource: Equatable, Hashable, Sendable {
    package var capture: String
    package var interface: String

    package init(capture: String, interface: String) { (self.capture, self.interface) = (capture, interface) }
}

/// A sealed segment, or the state of an open one.
package struct SegmentSummary: Equatable, Sendable {
    package var source: CaptureSource
    /// Its path when sealed.
    package var path: String
    package var packets: UInt64
    /// Size of the file in bytes.
    package var size: Int64
    /// Timestamps of the first and the last packet in file order.
    package var first: Timestamp
    package var last: Timestamp
}

/// An event that the data plane reports to the control plane. No event is reported per packet.
package enum CaptureEvent: Sendable {
    /// A segment was sealed. With the counts of its capture and its tap at that moment.
    case sealed(SegmentSummary, CaptureCounts, TapCounts)
    /// The file system has no direct I/O, so its segments go through the page cache. Reported once.
    case buffered(CaptureSource, directory: String, because: Errno)
    /// The capture is suspended because its disk refuses; packets count as `diskDropped` until it resumes.
    case suspended(CaptureSource, SystemError)
    /// The capture resumed; `lost` is the number of packets dropped meanwhile.
    case resumed(CaptureSource, lost: UInt64)
    /// The open segment was deleted by another process. With its contents and the name that it would have got.
    case removed(SegmentSummary)
    /// An episode of drops began. The receiver ends it when it is over.
    case lossBegan(LossMeter, LossSubject)
    /// A packet with this timestamp is in a segment. Reported every few seconds while packets arrive.
    case alive(CaptureSource, Timestamp)
    /// A segment that cannot be sealed stays as a `.part` that ends with a whole record (I8). The next start seals it.
    case leftOpen(CaptureSource, SystemError)
    /// Retention removed a sealed segment.
    case expired(Removal)
    /// Retention could not remove a segment, and retries. Reported once until every removal has succeeded.
    case retentionFailed(capture: String, SystemError)
    /// The writer of a capture on tap `tap` is about to end: all its packets are on their way to the disk.
    case captureEnded(tap: Int, pipeline: ObjectIdentifier)
    /// Every thread of tap `tap` is about to end.
    case ended(tap: Int)
}

/// Receives the events of the data plane's threads. Must not wait.
package typealias CaptureReport = @Sendable (CaptureEvent) -> Void
