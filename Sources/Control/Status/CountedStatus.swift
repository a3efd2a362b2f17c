package import Counters

/// The fields of a status beside its counters.
package protocol StatusFields: Codable, Equatable, Sendable {
    associatedtype Counter: Counters.Counter
    /// Whether the status has the counter; by default every counter of the table.
    static func includes(_ counter: Counter) -> Bool
}

extension StatusFields {
    package static func includes(_: Counter) -> Bool { true }
}

/// Counters and other fields, side by side in one JSON object. The other fields are members of this value, too.
///
/// The object has one key for each counter of the table. A counter that the sender does not know is 0; a counter that
/// the receiver does not know is ignored.
@dynamicMemberLookup
package struct CountedStatus<Fields: StatusFields>: Codable, Equatable, Sendable {
    package private(set) var counts = Counts<Fields.Counter>()
    private var fields: Fields

    package init(_ counts: Counts<Fields.Counter>, _ fields: Fields) {
        self.fields = fields
        for counter in Fields.Counter.allCases where Fields.includes(counter) { self.counts[counter] = counts[counter] }
    }

    package subscript(counter: Fields.Counter) -> UInt64 { counts[counter] }

    package subscript<Value>(dynamicMember field: WritableKeyPath<Fields, Value>) -> Value {
        get { fields[keyPath: field] }
        set { fields[keyPath: field] = newValue }
    }

    package init(from decoder: any Decoder) throws {
        fields = try Fields(from: decoder)
        let container = try decoder.container(keyedBy: Fields.Counter.self)
        for counter in Fields.Counter.allCases where Fields.includes(counter) {
            counts[counter] = try container.decodeIfPresent(UInt64.self, forKey: counter) ?? 0
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try fields.encode(to: encoder)
        var container = encoder.container(keyedBy: Fields.Counter.self)
        for counter in Fields.Counter.allCases where Fields.includes(counter) {
            try container.encode(counts[counter], forKey: counter)
        }
    }
}
