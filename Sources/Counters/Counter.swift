/// A table of counters: its cases, in the order of log lines, metrics and columns.
///
/// The first case is the input, and packets pass the others later. `CounterCells` publishes in this order. A case is
/// also the key of the counter in the status: `ringDropped`, which JSON shows as `ring_dropped`.
public protocol Counter: CaseIterable, CodingKey, Hashable, RawRepresentable<Int>, Sendable {
    /// The row of the counter in the table.
    var row: CounterRow { get }
}

/// What a counter counts.
public struct CounterRow: Sendable {
    /// The counter's part in the balance of its table: `input = output + losses + in flight` (I2, I3).
    public enum Role: Sendable {
        /// Packets that arrived.
        case input
        /// Packets that went on to the next station.
        case output
        /// Packets that were dropped, for one cause.
        case loss
        /// Something else; not part of the balance.
        case note
    }

    public enum Unit: Sendable { case packets, events }

    public let role: Role
    /// One sentence that says what is counted.
    public let help: String
    public let unit: Unit

    @inlinable public init(_ role: Role, _ help: String, unit: Unit = .packets) {
        (self.role, self.help, self.unit) = (role, help, unit)
    }
}

extension Counter {
    /// The counters of packets that were dropped.
    public static var losses: [Self] { allCases.filter { $0.row.role == .loss } }

    /// The name that log lines, metrics and documents use, such as `ring_dropped`.
    public var name: String {
        stringValue.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
        }
    }
}
