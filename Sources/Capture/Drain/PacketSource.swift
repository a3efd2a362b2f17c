import Glibc

/// The socket whose ring the drain thread drains. Called once per block at most.
package protocol PacketSource: AnyObject, Sendable {
    /// The descriptor for `poll`: readable when the kernel has handed over a block.
    var number: CInt { get }
    /// The kernel's counts since the last call: packets that the filter accepted (drops included), packets dropped
    /// because the ring was full, and how often the kernel found the ring full.
    func takeStatistics() -> (received: UInt64, dropped: UInt64, freezes: UInt64)
    /// Stops reception. Packets in the ring stay there.
    func stopReception()
    /// Clears the pending error that made `poll` return.
    func clearError()
}
