package import Counters

/// The packets from one interface through its taps, the sockets that serve the captures there.
///
/// An interface has one tap, unless its packets are spread over workers or its filters do not fit into one kernel
/// filter. The counters are sums over all present and past taps.
package typealias InterfaceStatus = CountedStatus<InterfaceFields>

package struct InterfaceFields: StatusFields {
    package typealias Counter = TapCounter

    package var interface: String
    /// The open taps.
    package var taps: [TapStatus]
    /// Packets in the ring, not yet drained.
    package var inFlight: Int64
    /// The fill level of the ring, from 0 to 1, each time a block was drained.
    package var ringFill: HistogramStatus

    package init(interface: String, taps: [TapStatus], inFlight: Int64, ringFill: HistogramStatus) {
        (self.interface, self.taps, self.inFlight, self.ringFill) = (interface, taps, inFlight, ringFill)
    }
}
