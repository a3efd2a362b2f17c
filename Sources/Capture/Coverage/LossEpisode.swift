import Synchronization

/// Losses of one cause that follow each other without a quiet second.
public struct LossEpisode: Equatable, Sendable {
    /// Unique in this process; grows.
    public var number: UInt64
    public var cause: LossCause
    /// Between which times the packets came that are lost, by the wall clock, in nanoseconds since 1970.
    public var from: Int64
    public var to: Int64
    /// How many were lost.
    public var packets: UInt64

    public init(number: UInt64, cause: LossCause, from: Int64, to: Int64, packets: UInt64) {
        (self.number, self.cause, self.from, self.to, self.packets) = (number, cause, from, to, packets)
    }

    private static let lastNumber = Atomic<UInt64>(0)

    /// The number of the next episode, whatever it is about.
    public static func nextNumber() -> UInt64 { lastNumber.add(1, ordering: .relaxed).newValue }
}
