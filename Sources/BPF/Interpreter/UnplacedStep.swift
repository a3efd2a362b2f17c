/// A step whose successors have no position in memory yet.
///
/// The decoder creates these steps from a program's operations and labels each with the index of its operation. The
/// classifier creates them from its plan.
struct UnplacedStep {
    var label: Int
    var action: Action
    /// The destination of a test that holds, and of a step without a choice. A table lookup does not use it.
    var next: Target
    /// The destination of a test that does not hold, and of a table lookup that finds nothing. Equal to `next` if
    /// there is no choice.
    var otherwise: Target
    /// The offset of the header whose length is loaded before the test.
    var header: UInt8?
    /// The `among` kinds: the destination for each number.
    var table: [HashTable.Entry] = []
    /// `lookUp`: the list.
    var list: AddressTable?
    /// Whether the table usually does not contain the number.
    var isSeldomFound = false
    /// The destination in a classifier if the load fails.
    var absent: Target?

    /// A destination: a step, or the end with a verdict.
    enum Target: Hashable {
        case step(Int)
        case verdict(UInt32)
    }

    /// Creates a step without a choice.
    init(_ label: Int, _ action: Action, next: Target) {
        self.init(label, action, next: next, otherwise: next)
    }

    init(_ label: Int, _ action: Action, next: Target, otherwise: Target) {
        (self.label, self.action, self.next, self.otherwise) = (label, action, next, otherwise)
    }

    /// The destinations, without that of a failed load.
    var targets: [Target] { [next, otherwise] + table.map(\.target) }
}
