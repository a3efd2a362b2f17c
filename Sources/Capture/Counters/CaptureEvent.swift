public import Linux
public import SystemPackage

/// One capture on one interface: what a writer thread, a pair of counters and a run of segments belong to.
public struct CaptureSource: Equatable, Hashable, Sendable {
    public var capture: String
    public var interface: String

    public init(capture: String, interface: String) { (self.capture, self.interface) = (capture, interface) }
}

/// A segment: one that is whole and has its name, or what one that is being written holds so far.
public struct SegmentSummary: Equatable, Sendable {
    public var source: CaptureSource
    /// Where it is when it is sealed.
    public var path: String
    public var packets: UInt64
    /// Bytes of the file.
    public var size: Int64
    /// When its first and its last packet came, in file order.
    public var first: Timestamp
    public var last: Timestamp
}

/// Something that the data plane tells the control plane. None of these comes for a packet.
public enum CaptureEvent: Sendable {
    /// With the counts of its capture and tap at that moment.
    case sealed(SegmentSummary, CaptureCounts, TapCounts)
    /// The file system has no direct input and output: its segments go through the page cache. Said once.
    case buffered(CaptureSource, directory: String, because: Errno)
    /// The disk does not take packets; they are counted as `diskDropped` until it does.
    case suspended(CaptureSource, SystemError)
    /// It takes them again; so many packets were lost.
    case resumed(CaptureSource, lost: UInt64)
    /// Somebody removed a segment while it was written: what it held, and the name that it would have got.
    case removed(SegmentSummary)
    /// An episode of losses has begun; whoever hears of it ends it when it is over.
    case lossBegan(LossMeter, LossSubject)
    /// A packet that came at this time is in a segment. Said every few seconds, while packets come.
    case alive(CaptureSource, Timestamp)
    /// A segment that could not be sealed is left as a `.part`, whole up to its last record; the next start seals it.
    case leftOpen(CaptureSource, SystemError)
    /// SegmentCatalog has removed a sealed segment.
    case expired(Removal)
    /// A segment that retention should have removed is still there; it is tried again. Said once until all could be removed.
    case retentionFailed(capture: String, SystemError)
    /// The writer of a capture on the tap with this index is about to end: everything it was given is on its way to the disk.
    case captureEnded(tap: Int, outlet: ObjectIdentifier)
    /// Every thread of the tap with this index is about to end.
    case ended(tap: Int)
}

/// Where the data plane's threads leave their events; must return at once.
public typealias CaptureReport = @Sendable (CaptureEvent) -> Void
