// Times and durations in nanoseconds are integers, as in the kernel. Only this file has the literal.

extension BinaryInteger {
    /// Nanoseconds per second.
    @inlinable package static var nanosecondsPerSecond: Self { 1_000_000_000 }
}

extension Double {
    /// Nanoseconds per second.
    @inlinable package static var nanosecondsPerSecond: Double { 1_000_000_000 }
}
