/// One number for each counter of a table; all zero at first.
public struct Counts<Counter: Counters.Counter>: Equatable, Sendable {
    /// The numbers by the counter's raw value, and zeros behind them. One cache line.
    @usableFromInline var words = [8 of UInt64](repeating: 0)

    @inlinable public init() {}

    @inlinable public subscript(counter: Counter) -> UInt64 {
        get { words[counter.rawValue] }
        set { words[counter.rawValue] = newValue }
    }

    @inlinable public static func + (left: Counts, right: Counts) -> Counts {
        var sum = left
        for index in sum.words.indices { sum.words[index] += right.words[index] }
        return sum
    }

    @inlinable public static func == (left: Counts, right: Counts) -> Bool {
        for index in left.words.indices where left.words[index] != right.words[index] { return false }
        return true
    }

    /// Packets that arrived and were neither passed on nor dropped. If it is not zero while nothing is in flight,
    /// packets were lost without a count.
    @inlinable public var inFlight: Int64 {
        var balance: Int64 = 0
        for index in words.indices {
            guard let counter = Counter(rawValue: index) else { break }
            switch counter.row.role {
            case .input: balance += Int64(words[index])
            case .output, .loss: balance -= Int64(words[index])
            case .note: break
            }
        }
        return balance
    }

    /// Packets that were dropped, for any cause.
    public var lost: UInt64 { Counter.losses.map { self[$0] }.reduce(0, +) }
}

extension Counts: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral counts: (Counter, UInt64)...) {
        for (counter, count) in counts { self[counter] = count }
    }
}
