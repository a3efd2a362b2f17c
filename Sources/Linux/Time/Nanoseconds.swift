// A number of nanoseconds is an integer here, since the kernel counts in them; this is the one place that says how many a second has.

extension BinaryInteger {
    /// The nanoseconds of a second.
    @inlinable public static var nanosecondsPerSecond: Self { 1_000_000_000 }
}

extension Double {
    /// The nanoseconds of a second.
    @inlinable public static var nanosecondsPerSecond: Double { 1_000_000_000 }
}
