/// The response to a dry-run reload: the configuration is valid, and this is what it would change. Nothing has
/// changed.
package struct ReloadPreview: Codable, Equatable, Sendable {
    /// The captures that would start, and those that would end.
    package var begins: [String]
    package var ends: [String]
    /// The effect of `keep` for each capture that has segments.
    package var retention: [RetentionPreview]
    /// Settings that are valid but probably unintended, as `FILE:LINE:COLUMN: warning: TEXT`.
    package var warnings: [String]

    package init(begins: [String], ends: [String], retention: [RetentionPreview], warnings: [String]) {
        (self.begins, self.ends, self.retention, self.warnings) = (begins, ends, retention, warnings)
    }
}

/// The effect of a capture's `keep` rule on its existing segments.
package struct RetentionPreview: Codable, Equatable, Sendable {
    package var capture: String
    /// The number of existing segments.
    package var segments: Int
    /// The number of segments that would be removed immediately, and their size in bytes.
    package var removed: Int
    package var removedBytes: Int64
    /// The limits of `keep` that cause the removal: `size`, `files`, `age`.
    package var reasons: [String]
    /// The rate of the newest segments in bytes per second; nil if it cannot be determined.
    package var rate: Double?
    /// The retention at that rate, in seconds of packets; nil if it is unlimited or unknown.
    package var reach: Double?

    package init(
        capture: String, segments: Int, removed: Int, removedBytes: Int64, reasons: [String], rate: Double?,
        reach: Double?
    ) {
        (self.capture, self.segments, self.removed, self.removedBytes) = (capture, segments, removed, removedBytes)
        (self.reasons, self.rate, self.reach) = (reasons, rate, reach)
    }
}
