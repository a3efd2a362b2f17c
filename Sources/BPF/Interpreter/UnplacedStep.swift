/// A step whose successors have no places in memory yet.
///
/// The decoder makes drafts of a program's operations, and labels each with its operation's number; a classifier makes them of
/// its plan.
struct UnplacedStep {
    var label: Int
    var action: Action
    /// What comes next: of a test where it leads if it holds; of a look into a table nothing, as that leads elsewhere.
    var next: Target
    /// Where a test leads that does not hold, and a table that does not have the number. The same as `next` where there is
    /// no choice.
    var otherwise: Target
    /// Where the header begins whose length is loaded before the test.
    var header: UInt8?
    /// For the `among` kinds: where each number leads.
    var table: [HashTable.Entry] = []
    /// For `lookUp`: the list.
    var list: AddressTable?
    /// Whether the table mostly does not have the number.
    var isSeldomFound = false
    /// Where a classifier goes on when the load fails.
    var absent: Target?

    /// Where control goes: to a step, or out with a verdict.
    enum Target: Hashable {
        case step(Int)
        case verdict(UInt32)
    }

    /// A step without a choice.
    init(_ label: Int, _ action: Action, next: Target) {
        self.init(label, action, next: next, otherwise: next)
    }

    init(_ label: Int, _ action: Action, next: Target, otherwise: Target) {
        (self.label, self.action, self.next, self.otherwise) = (label, action, next, otherwise)
    }

    /// Where it leads, but for failing loads.
    var targets: [Target] { [next, otherwise] + table.map(\.target) }
}
