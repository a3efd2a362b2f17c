package import Counters

/// The counts and the activity of one capture on one interface.
package struct CaptureRecord: Equatable, Sendable {
    package var source: CaptureSource
    package var counts: CaptureCounts
    package var activity: CaptureActivity

    package init(
        source: CaptureSource, counts: CaptureCounts = CaptureCounts(), activity: CaptureActivity = CaptureActivity()
    ) {
        (self.source, self.counts, self.activity) = (source, counts, activity)
    }

    /// The sum of two records of one capture, such as two successive taps or two workers.
    package static func + (left: CaptureRecord, right: CaptureRecord) -> CaptureRecord {
        CaptureRecord(
            source: left.source, counts: left.counts + right.counts, activity: left.activity + right.activity)
    }
}
