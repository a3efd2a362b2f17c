/// The steps of a program in memory order.
///
/// The order follows the program's operations, so most steps continue with the next step in memory. A test falls
/// through on one outcome and has a target for the other.
struct Layout {
    struct Place {
        var action: Action
        /// The destination of a test that does not fall through, and of `jump` and similar steps.
        var target: UnplacedStep.Target
        var absent: UnplacedStep.Target?
        var table: HashTable?
        var list: AddressTable?
    }

    private(set) var places: [Place] = []
    /// The position of every step and verdict that a target can name.
    private(set) var numbers: [UnplacedStep.Target: Int] = [:]

    init(_ drafts: [UnplacedStep], start: UnplacedStep.Target) {
        for (index, draft) in drafts.enumerated() {
            let following = index + 1 < drafts.count ? UnplacedStep.Target.step(drafts[index + 1].label) : nil
            numbers[.step(draft.label)] = places.count
            let next = draft.table.isEmpty ? append(draft, before: following) : appendTable(draft)
            if let next, next != following { places.append(Layout.bridge(to: next)) }
        }
        let tables = drafts.flatMap(\.table)
        let targets = [start] + places.map(\.target) + places.compactMap(\.absent) + tables.map(\.target)
        for target in targets where numbers[target] == nil {
            numbers[target] = places.count
            places.append(Layout.bridge(to: target))
        }
    }

    /// Appends a step; returns what must follow it in memory, if anything.
    private mutating func append(_ draft: UnplacedStep, before following: UnplacedStep.Target?) -> UnplacedStep.Target?
    {
        var place = Place(
            action: draft.header.map(draft.action.behind) ?? draft.action, target: draft.next, absent: draft.absent,
            list: draft.list)
        guard draft.otherwise != draft.next else {
            places.append(place)
            return draft.action.kind.jumps ? nil : draft.next
        }
        place.action.falls = draft.otherwise != following
        place.target = place.action.falls ? draft.otherwise : draft.next
        places.append(place)
        return place.action.falls ? draft.next : draft.otherwise
    }

    /// Appends a table lookup. Before a small table that rarely contains the number, it adds a test of membership.
    private mutating func appendTable(_ draft: UnplacedStep) -> UnplacedStep.Target {
        var action = draft.action
        if draft.isSeldomFound, var anyOf = action.anyOf(draft.table.map(\.key)) {
            anyOf.falls = true
            if let header = draft.header { anyOf = anyOf.behind(header) }
            places.append(Place(action: anyOf, target: draft.otherwise, absent: draft.absent))
            action = Action(.among)
        } else if let header = draft.header {
            action = action.behind(header)
        }
        let table = HashTable(draft.table)
        action.shift = table.shift
        places.append(Place(action: action, target: draft.otherwise, absent: draft.absent, table: table))
        return draft.otherwise
    }

    /// The step after one that falls through to a destination elsewhere.
    private static func bridge(to target: UnplacedStep.Target) -> Place {
        switch target {
        case .verdict(let k): Place(action: Action(.verdict, k: k), target: target)
        case .step: Place(action: Action(.jump), target: target)
        }
    }
}
