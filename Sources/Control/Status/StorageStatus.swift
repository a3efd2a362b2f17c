package import Linux

/// The sealed segments of a capture, and the space for more.
package struct StorageStatus: Codable, Equatable, Sendable {
    package var directory: String
    package var segments: Int
    /// The size of all sealed segments, in bytes.
    package var bytes: Int64
    /// The time of the first packet in the oldest sealed segment, or in the open one if there is no other; nil
    /// without packets.
    package var oldest: Timestamp?
    /// The free space of the directory's file system in bytes, including the reserve; nil if the file system does not
    /// report it, or not in time.
    package var freeBytes: Int64?
    /// How long the directory's file system has not answered work other than a writer's, in seconds; nil if it
    /// answers.
    package var unansweredSeconds: Double?
    /// The free-space reserve in bytes (`free-space`).
    package var reserveBytes: Int64
    /// The number of segments whose names lie ahead of the clock. They expire first.
    package var misdated: Int
    /// The number of segments removed by retention since the daemon's start, by reason, including zeros.
    package var removed: [RemovedStatus]
    /// Segments in the directory of captures that do not write there, as found at the start. No retention removes
    /// them.
    package var orphans: [OrphanStatus]

    package init(
        directory: String, segments: Int, bytes: Int64, oldest: Timestamp?, freeBytes: Int64? = nil,
        reserveBytes: Int64,
        misdated: Int = 0, removed: [RemovedStatus] = [], orphans: [OrphanStatus] = []
    ) {
        (self.directory, self.segments, self.bytes, self.oldest) = (directory, segments, bytes, oldest)
        (self.freeBytes, self.reserveBytes) = (freeBytes, reserveBytes)
        (self.misdated, self.removed, self.orphans) = (misdated, removed, orphans)
    }
}

/// The segments that retention has removed for one reason.
package struct RemovedStatus: Codable, Equatable, Sendable {
    /// `size`, `files`, `age`, `free-space` or `inodes`.
    package var reason: String
    package var segments: UInt64

    package init(reason: String, segments: UInt64) { (self.reason, self.segments) = (reason, segments) }
}

/// The segments of a capture that does not write to the directory.
package struct OrphanStatus: Codable, Equatable, Sendable {
    /// The name of the capture; without a ledger in the directory, an inference from the file names.
    package var capture: String
    package var segments: Int
    package var bytes: Int64

    package init(capture: String, segments: Int, bytes: Int64) {
        (self.capture, self.segments, self.bytes) = (capture, segments, bytes)
    }
}
