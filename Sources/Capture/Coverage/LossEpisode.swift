import Synchronization

/// An episode: drops for one cause without a quiet second in between.
public struct LossEpisode: Equatable, Sendable {
    /// Unique in this process, and growing.
    public var number: UInt64
    public var cause: LossCause
    /// Bounds of the dropped packets' timestamps, by the wall clock, in nanoseconds since 1970.
    public var from: Int64
    public var to: Int64
    /// Number of dropped packets.
    public var packets: UInt64

    public init(number: UInt64, cause: LossCause, from: Int64, to: Int64, packets: UInt64) {
        (self.number, self.cause, self.from, self.to, self.packets) = (number, cause, from, to, packets)
    }

    private static let lastNumber = Atomic<UInt64>(0)

    /// The next episode number. All subjects share one sequence.
    public static func nextNumber() -> UInt64 { lastNumber.add(1, ordering: .relaxed).newValue }
}
