/// A sealed segment that retention removed: an event, and a count by reason.
public struct Removal: Equatable, Sendable {
    /// The capture that it belonged to.
    public var capture: String
    /// Where it was.
    public var path: String
    /// Bytes of the file.
    public var size: Int64
    public var reason: Reason
    /// The capture that needed the room; nil where the segment's own capture has reached a limit of `keep`.
    public var beneficiary: String?

    public init(capture: String, path: String, size: Int64, reason: Reason, beneficiary: String? = nil) {
        (self.capture, self.path, self.size) = (capture, path, size)
        (self.reason, self.beneficiary) = (reason, beneficiary)
    }

    /// Why a segment expires: a limit of the capture's `keep`, or what the file system lacks.
    public enum Reason: String, CaseIterable, Sendable {
        case size, files, age
        case freeSpace = "free-space"
        case inodes
    }
}
