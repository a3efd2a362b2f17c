/// The open segment of a capture is to end.
struct SegmentRotation: Sendable {
    var capture: String
    var acknowledge: Sealed
}
