/// The packets from one interface through its taps, the sockets that serve the captures there.
///
/// An interface has one tap, unless its packets are spread over workers or its filters do not fit into one kernel
/// filter. The counters are sums over all present and past taps.
package struct InterfaceStatus: Codable, Equatable, Sendable {
    package var interface: String
    /// The open taps.
    package var taps: [TapStatus]
    /// Packets accepted by the kernel filter, including those dropped afterwards.
    package var received: UInt64
    /// Packets drained from the ring.
    package var drained: UInt64
    /// Packets dropped because the ring was full.
    package var ringDropped: UInt64
    /// How often the ring became full.
    package var ringFreezes: UInt64
    /// Packets in the ring, not yet drained.
    package var inFlight: Int64
    /// The fill level of the ring, from 0 to 1, each time a block was drained.
    package var ringFill: HistogramStatus

    package init(
        interface: String, taps: [TapStatus], received: UInt64, drained: UInt64, ringDropped: UInt64,
        ringFreezes: UInt64, inFlight: Int64, ringFill: HistogramStatus
    ) {
        (self.interface, self.taps) = (interface, taps)
        (self.received, self.drained, self.ringDropped) = (received, drained, ringDropped)
        (self.ringFreezes, self.inFlight, self.ringFill) = (ringFreezes, inFlight, ringFill)
    }
}

/// A tap, with its counters since it was opened.
package struct TapStatus: Codable, Equatable, Sendable {
    /// The index of the tap among those that share the interface's packets by flow.
    package var worker: Int
    /// The captures that the tap serves.
    package var captures: [String]
    package var received: UInt64
    package var drained: UInt64
    package var ringDropped: UInt64
    package var ringBytes: Int
    /// What the kernel filter accepts in excess of the captures' filters, because host lists are too long for it. For
    /// example, `superset, 10,000 addresses in 900 networks`; nil if the filter is exact.
    package var kernelFilter: String?

    package init(
        worker: Int, captures: [String], received: UInt64, drained: UInt64, ringDropped: UInt64, ringBytes: Int,
        kernelFilter: String? = nil
    ) {
        (self.worker, self.captures, self.kernelFilter) = (worker, captures, kernelFilter)
        (self.received, self.drained, self.ringDropped, self.ringBytes) = (received, drained, ringDropped, ringBytes)
    }
}
