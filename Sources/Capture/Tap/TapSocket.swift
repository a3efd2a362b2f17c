package import BPF
package import Linux
package import Rules

/// The socket of a tap: `PacketSocket` in the daemon. Tests use another one, which needs no privilege and fails when
/// they want it to.
package protocol TapSocket: PacketSource {
    /// Replaces the filter. With `passingAllMeanwhile`, and if there is no room for both filters, every packet enters
    /// the ring for a moment.
    func attach(_ program: Program, passingAllMeanwhile: Bool) throws(FilterError)
    /// Sets whether packets that this host sends are discarded.
    func ignoreOutgoing(_ isIgnored: Bool) throws(SystemError)
    /// Sets whether the interface is asked for packets addressed to other hosts.
    func setPromiscuous(_ isPromiscuous: Bool) throws(SystemError)
    /// Creates the ring, possibly a smaller one than `wanted`.
    func makeRing(_ wanted: RingGeometry) throws(SystemError) -> Ring
    /// Lets packets arrive.
    func startReception() throws(SystemError)
    /// Joins the fan-out group `group`. If that is nil, creates the group and sets its number.
    func join(_ group: inout UInt16?) throws(SystemError)
}

/// Opens the sockets of taps.
package struct TapSockets: Sendable {
    /// Opens a socket on an interface. Nothing arrives before `startReception`. Any thread may call it.
    let open: @Sendable (Interface) throws(SystemError) -> any TapSocket

    package init(_ open: @escaping @Sendable (Interface) throws(SystemError) -> any TapSocket) { self.open = open }

    /// AF_PACKET sockets, which need CAP_NET_RAW.
    package static let kernel = TapSockets { (interface) throws(SystemError) in try PacketSocket(for: interface) }
}
