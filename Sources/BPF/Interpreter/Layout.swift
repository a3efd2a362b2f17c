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

    init(_ unplacedSteps: [UnplacedStep], start: UnplacedStep.Target) {
        for (index, unplaced) in unplacedSteps.enumerated() {
            let isLast = index + 1 == unplacedSteps.count
            let following = isLast ? nil : UnplacedStep.Target.step(unplacedSteps[index + 1].label)
            numbers[.step(unplaced.label)] = places.count
            let next = unplaced.table.isEmpty ? append(unplaced, before: following) : appendTable(unplaced)
            if let next, next != following { places.append(Layout.bridge(to: next)) }
        }
        let tables = unplacedSteps.flatMap(\.table)
        let targets = [start] + places.map(\.target) + places.compactMap(\.absent) + tables.map(\.target)
        for target in targets where numbers[target] == nil {
            numbers[target] = places.count
            places.append(Layout.bridge(to: target))
        }
    }

    /// Appends a step; returns what must follow it in memory, if anything.
    private mutating func append(
        _ unplaced: UnplacedStep, before following: UnplacedStep.Target?
    ) -> UnplacedStep.Target? {
        var place = Place(
            action: unplaced.header.map(unplaced.action.behind) ?? unplaced.action, target: unplaced.next,
            absent: unplaced.absent, list: unplaced.list)
        guard unplaced.otherwise != unplaced.next else {
            places.append(place)
            return unplaced.action.kind.jumps ? nil : unplaced.next
        }
        place.action.falls = unplaced.otherwise != following
        place.target = place.action.falls ? unplaced.otherwise : unplaced.next
        places.append(place)
        return place.action.falls ? unplaced.next : unplaced.otherwise
    }

    /// Appends a table lookup. Before a small table that rarely contains the number, it adds a test of membership.
    private mutating func appendTable(_ unplaced: UnplacedStep) -> UnplacedStep.Target {
        var action = unplaced.action
        if unplaced.isSeldomFound, var anyOf = action.anyOf(unplaced.table.map(\.key)) {
            anyOf.falls = true
            if let header = unplaced.header { anyOf = anyOf.behind(header) }
            places.append(Place(action: anyOf, target: unplaced.otherwise, absent: unplaced.absent))
            action = Action(.among)
        } else if let header = unplaced.header {
            action = action.behind(header)
        }
        let table = HashTable(unplaced.table)
        action.shift = table.shift
        places.append(Place(action: action, target: unplaced.otherwise, absent: unplaced.absent, table: table))
        return unplaced.otherwise
    }

    /// The step after one that falls through to a destination elsewhere.
    private static func bridge(to target: UnplacedStep.Target) -> Place {
        switch target {
        case .verdict(let k): Place(action: Action(.verdict, k: k), target: target)
        case .step: Place(action: Action(.jump), target: target)
        }
    }
}
