public import Linux

/// The sealed segments of a capture, and the space for more.
public struct StorageStatus: Codable, Equatable, Sendable {
    public var directory: String
    public var segments: Int
    /// The size of all sealed segments, in bytes.
    public var bytes: Int64
    /// The time of the first packet in the oldest sealed segment, or in the open one if there is no other; nil
    /// without packets.
    public var oldest: Timestamp?
    /// The free space of the directory's file system in bytes, including the reserve; nil if the file system does not
    /// report it, or not in time.
    public var freeBytes: Int64?
    /// The free-space reserve in bytes (`free-space`).
    public var reserveBytes: Int64
    /// The number of segments whose names lie ahead of the clock. They expire first.
    public var misdated: Int
    /// The number of segments removed by retention since the daemon's start, by reason, including zeros.
    public var removed: [RemovedStatus]
    /// Segments in the directory of captures that do not write there, as found at the start. No retention removes
    /// them.
    public var orphans: [OrphanStatus]

    public init(
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
public struct RemovedStatus: Codable, Equatable, Sendable {
    /// `size`, `files`, `age`, `free-space` or `inodes`.
    public var reason: String
    public var segments: UInt64

    public init(reason: String, segments: UInt64) { (self.reason, self.segments) = (reason, segments) }
}

/// The segments of a capture that does not write to the directory.
public struct OrphanStatus: Codable, Equatable, Sendable {
    /// The name of the capture; without a ledger in the directory, an inference from the file names.
    public var capture: String
    public var segments: Int
    public var bytes: Int64

    public init(capture: String, segments: Int, bytes: Int64) {
        (self.capture, self.segments, self.bytes) = (capture, segments, bytes)
    }
}
