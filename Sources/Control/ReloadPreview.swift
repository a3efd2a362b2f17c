/// The answer to a reload that is only tried: the configuration is right, and this is what it would change. Nothing is changed.
public struct ReloadPreview: Codable, Equatable, Sendable {
    /// Captures that would begin, and that would end.
    public var begins: [String]
    public var ends: [String]
    /// What `keep` would do, for each capture that has segments.
    public var retention: [RetentionPreview]
    /// What is allowed, and probably not meant, as `FILE:LINE:COLUMN: warning: TEXT`.
    public var warnings: [String]

    public init(begins: [String], ends: [String], retention: [RetentionPreview], warnings: [String]) {
        (self.begins, self.ends, self.retention, self.warnings) = (begins, ends, retention, warnings)
    }
}

/// What a capture's `keep` rule would do to the segments that there are.
public struct RetentionPreview: Codable, Equatable, Sendable {
    public var capture: String
    /// The segments that there are.
    public var segments: Int
    /// Those that would be removed at once, and their bytes.
    public var removed: Int
    public var removedBytes: Int64
    /// For which limits of `keep`: `size`, `files`, `age`.
    public var reasons: [String]
    /// Bytes a second of the newest segments; nil when they do not tell.
    public var rate: Double?
    /// How many seconds of packets stay at that rate; nil: all, or that is not known.
    public var reach: Double?

    public init(
        capture: String, segments: Int, removed: Int, removedBytes: Int64, reasons: [String], rate: Double?,
        reach: Double?
    ) {
        (self.capture, self.segments, self.removed, self.removedBytes) = (capture, segments, removed, removedBytes)
        (self.reasons, self.rate, self.reach) = (reasons, rate, reach)
    }
}
