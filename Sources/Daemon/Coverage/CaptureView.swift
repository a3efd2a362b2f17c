/// The interfaces of a capture, and whether it is captured on each of them.
struct CaptureView: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        /// A tap serves the capture there.
        case covered
        /// A tap is being opened; whether that succeeds is not known yet.
        case opening
        /// The interface exists but is down.
        case down
        /// The capture cannot run there.
        case refused
    }

    var capture: String
    /// The interface or pattern in the configuration.
    var wanted: String
    /// Whether it contains a pattern, which may match no interface or several.
    var isPattern: Bool
    /// The interfaces that it names one by one, present or missing. The capture waits for each of them.
    var named: Set<String> = []
    /// By the name of each matching interface.
    var places: [String: Place] = [:]
}
