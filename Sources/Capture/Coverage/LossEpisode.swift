import Synchronization

/// An episode: drops for one cause without a quiet second in between.
package struct LossEpisode: Equatable, Sendable {
    /// Unique in this process, and growing.
    package var number: UInt64
    package var cause: LossCause
    /// Bounds of the dropped packets' timestamps, by the wall clock, in nanoseconds since 1970.
    package var from: Int64
    package var to: Int64
    /// Number of dropped packets.
    package var packets: UInt64

    package init(number: UInt64, cause: LossCause, from: Int64, to: Int64, packets: UInt64) {
        (self.number, self.cause, self.from, self.to, self.packets) = (number, cause, from, to, packets)
    }

    private static let lastNumber = Atomic<UInt64>(0)

    /// The next episode number. All subjects share one sequence.
    package static func nextNumber() -> UInt64 { lastNumber.add(1, ordering: .relaxed).newValue }
}
