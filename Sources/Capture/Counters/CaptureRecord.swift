/// The counts and the activity of one capture on one interface.
public struct CaptureRecord: Equatable, Sendable {
    public var source: CaptureSource
    public var counts: CaptureCounts
    public var activity: CaptureActivity

    public init(
        source: CaptureSource, counts: CaptureCounts = CaptureCounts(), activity: CaptureActivity = CaptureActivity()
    ) {
        (self.source, self.counts, self.activity) = (source, counts, activity)
    }

    /// The sum of two records of one capture, such as two successive taps or two workers.
    public static func + (left: CaptureRecord, right: CaptureRecord) -> CaptureRecord {
        CaptureRecord(
            source: left.source, counts: left.counts + right.counts, activity: left.activity + right.activity)
    }
}
