public import Synchronization

/// The counts of one thread, readable by all threads without a lock. Only that thread publishes and adds.
///
/// The thread stores the counters in the order of their table, each with release ordering. A reader loads them in the
/// opposite order, each with acquire ordering. A reader that sees a value of one counter therefore also sees what was
/// published with it for every earlier counter. So the input that it reads includes every packet of the outputs and
/// losses that it reads, and `inFlight` of a reading is never negative.
public struct CounterCells<Counter: Counters.Counter>: ~Copyable, Sendable {
    @usableFromInline let cells = [8 of Atomic<UInt64>].init { _ in Atomic(0) }

    @inlinable public init() {}

    /// Publishes all counts.
    @inlinable public func publish(_ counts: borrowing Counts<Counter>) {
        for index in cells.indices { cells[index].store(counts.words[index], ordering: .releasing) }
    }

    /// Adds to one counter.
    @inlinable public func add(_ number: UInt64, to counter: Counter) {
        let cell = counter.rawValue
        cells[cell].store(cells[cell].load(ordering: .relaxed) + number, ordering: .releasing)
    }

    /// The counts that are published. Any thread may read them.
    public var counts: Counts<Counter> {
        var counts = Counts<Counter>()
        for index in cells.indices.reversed() { counts.words[index] = cells[index].load(ordering: .acquiring) }
        return counts
    }
}
