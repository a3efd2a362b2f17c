import Linux

/// What the control plane can order a tap to do.
final class TapOrders: Sendable {
    /// Stop, and lose nothing that the kernel has accepted.
    let stop: Event
    /// Stop at once: what has not been written is given up, and counted.
    let abandon: Event

    init() throws(SystemError) {
        stop = try Event()
        abandon = try Event()
    }
}
