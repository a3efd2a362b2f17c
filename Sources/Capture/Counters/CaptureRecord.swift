/// What one capture on one interface counted and did so far.
public struct CaptureRecord: Equatable, Sendable {
    public var source: CaptureSource
    public var counts: CaptureCounts
    public var activity: CaptureActivity

    public init(
        source: CaptureSource, counts: CaptureCounts = CaptureCounts(), activity: CaptureActivity = CaptureActivity()
    ) {
        (self.source, self.counts, self.activity) = (source, counts, activity)
    }

    /// Of two that follow each other, or of two workers.
    public static func + (left: CaptureRecord, right: CaptureRecord) -> CaptureRecord {
        CaptureRecord(
            source: left.source, counts: left.counts + right.counts, activity: left.activity + right.activity)
    }
}
