/// The command to seal the open segment of a capture.
struct SegmentRotation: Sendable {
    var capture: String
    var acknowledge: Sealed
}
