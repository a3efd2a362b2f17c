/// Where a capture could be, and whether it is there.
struct CaptureView: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        /// A tap serves it there.
        case covered
        /// It is to be served there, and it is not known yet whether it can.
        case opening
        /// The interface is there, but down.
        case down
        /// It cannot be served there.
        case refused
    }

    var capture: String
    /// The interface, or the pattern, it was given.
    var wanted: String
    /// Whether that is a pattern, which more than one interface may match, or none.
    var isPattern: Bool
    /// By the names of the interfaces that it matches.
    var places: [String: Place] = [:]
}
