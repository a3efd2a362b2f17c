/// A sealed segment that retention removed. It is reported as an event and counted by reason.
package struct Removal: Equatable, Sendable {
    /// The capture that the segment belonged to.
    package var capture: String
    /// The path of the removed file.
    package var path: String
    /// Bytes of the file.
    package var size: Int64
    package var reason: Reason
    /// The capture that needed the space; nil if the segment's own capture reached a limit of `keep`.
    package var beneficiary: String?

    package init(capture: String, path: String, size: Int64, reason: Reason, beneficiary: String? = nil) {
        (self.capture, self.path, self.size) = (capture, path, size)
        (self.reason, self.beneficiary) = (reason, beneficiary)
    }

    /// Why a segment expires: a limit of the capture's `keep`, or a shortage of the file system.
    package enum Reason: String, CaseIterable, Sendable {
        case size, files, age
        case freeSpace = "free-space"
        case inodes
    }
}
