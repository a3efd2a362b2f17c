/// What waits for taps to be opened: interfaces, and a reload. One at a time, since each is planned from the taps that are open.
struct Openings {
    enum Request: Equatable {
        /// The captures that no tap serves yet, on the interface with this index.
        case interface(Int32)
        /// The reload with this number.
        case reload(Int)
    }

    private(set) var current: Request?
    private var queue: [Request] = []

    /// Whether nothing is under way and nothing waits.
    var isIdle: Bool { current == nil && queue.isEmpty }

    /// Adds a request, unless it waits already; returns what is to begin now, if anything is. A request that is under way is
    /// added: what it is planned from may have changed.
    mutating func add(_ request: Request) -> Request? {
        if !queue.contains(request) { queue.append(request) }
        return next()
    }

    /// The current request is done; returns the next.
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
