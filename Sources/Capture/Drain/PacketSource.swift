import Glibc

/// What the drain thread asks of the socket whose ring it drains. `PacketSocket` is one; tests have another, so that every turn of
/// the loop can be made to happen.
protocol PacketSource: Sendable {
    /// The descriptor that `poll` watches: readable when a block has been handed over.
    var number: CInt { get }
    /// Packets that the kernel's filter accepted since the last call, those dropped included; those it dropped because the ring
    /// was full; how often it found the ring full.
    func takeStatistics() -> (received: UInt64, dropped: UInt64, freezes: UInt64)
    /// From here on no packet arrives; the packets in the ring stay there.
    func stopReception()
    /// Takes the error that made `poll` return.
    func clearError()
}
