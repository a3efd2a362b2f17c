/// The packets from one interface through its taps, the sockets that serve the captures there.
///
/// An interface has one tap, unless its packets are spread over workers or its filters do not fit into one kernel
/// filter. The counters are sums over all present and past taps.
public struct InterfaceStatus: Codable, Equatable, Sendable {
    public var interface: String
    /// The open taps.
    public var taps: [TapStatus]
    /// Packets accepted by the kernel filter, including those dropped afterwards.
    public var received: UInt64
    /// Packets drained from the ring.
    public var drained: UInt64
    /// Packets dropped because the ring was full.
    public var ringDropped: UInt64
    /// How often the ring became full.
    public var ringFreezes: UInt64
    /// Packets in the ring, not yet drained.
    public var inFlight: Int64
    /// The fill level of the ring, from 0 to 1, each time a block was drained.
    public var ringFill: HistogramStatus

    public init(
        interface: String, taps: [TapStatus], received: UInt64, drained: UInt64, ringDropped: UInt64,
        ringFreezes: UInt64, inFlight: Int64, ringFill: HistogramStatus
    ) {
        (self.interface, self.taps) = (interface, taps)
        (self.received, self.drained, self.ringDropped) = (received, drained, ringDropped)
        (self.ringFreezes, self.inFlight, self.ringFill) = (ringFreezes, inFlight, ringFill)
    }
}

/// A tap, with its counters since it was opened.
public struct TapStatus: Codable, Equatable, Sendable {
    /// The index of the tap among those that share the interface's packets by flow.
    public var worker: Int
    /// The captures that the tap serves.
    public var captures: [String]
    public var received: UInt64
    public var drained: UInt64
    public var ringDropped: UInt64
    public var ringBytes: Int
    /// What the kernel filter accepts in excess of the captures' filters, because host lists are too long for it. For
    /// example, `superset, 10,000 addresses in 900 networks`; nil if the filter is exact.
    public var kernelFilter: String?

    public init(
        worker: Int, captures: [String], received: UInt64, drained: UInt64, ringDropped: UInt64, ringBytes: Int,
        kernelFilter: String? = nil
    ) {
        (self.worker, self.captures, self.kernelFilter) = (worker, captures, kernelFilter)
        (self.received, self.drained, self.ringDropped, self.ringBytes) = (received, drained, ringDropped, ringBytes)
    }
}
