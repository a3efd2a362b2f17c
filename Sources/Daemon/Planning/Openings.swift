/// The queue of work that opens taps: for interfaces, and for a reload. One at a time, because each is planned from
/// the open taps.
struct Openings {
    enum Request: Equatable {
        /// Open taps for the captures on this interface that no tap serves yet.
        case interface(Int32)
        /// Open the taps of the reload with this number.
        case reload(Int)
    }

    private(set) var current: Request?
    private var queue: [Request] = []

    /// Whether no request is running or waiting.
    var isIdle: Bool { current == nil && queue.isEmpty }

    /// Adds a request unless it is waiting; returns the request to start now, if there is one. A request that is
    /// already running is added again, because the state that it was planned from may have changed.
    mutating func add(_ request: Request) -> Request? {
        if !queue.contains(request) { queue.append(request) }
        return next()
    }

    /// Ends the current request; returns the next one.
    mutating func finish() -> Request? {
        current = nil
        return next()
    }

    private mutating func next() -> Request? {
        guard current == nil, !queue.isEmpty else { return nil }
        current = queue.removeFirst()
        return current
    }
}
