/// The steps of a program in the order in which they lie in memory.
///
/// They follow one another as the program's operations do, so that after most steps the next one is simply the next one in
/// memory. A test falls through on one outcome, and has a target for the other.
struct Layout {
    struct Place {
        var action: Action
        /// Where a test leads that does not fall through, and where `jump` goes.
        var target: Decoder.Target
        var absent: Decoder.Target?
        var table: HashTable?
    }

    private(set) var places: [Place] = []
    /// The places of everything that a target may name.
    private(set) var numbers: [Decoder.Target: Int] = [:]

    init(_ drafts: [Decoder.Draft], start: Decoder.Target) {
        for (index, draft) in drafts.enumerated() {
            let following = index + 1 < drafts.count ? Decoder.Target.operation(drafts[index + 1].operation) : nil
            numbers[.operation(draft.operation)] = places.count
            if !draft.table.isEmpty {
                appendTable(draft)
            } else if let next = append(draft, before: following), next != following {
                places.append(Layout.bridge(to: next))
            }
        }
        let targets =
            [start] + places.map(\.target) + places.compactMap(\.absent) + drafts.flatMap { $0.table.map(\.target) }
        for target in targets where numbers[target] == nil {
            numbers[target] = places.count
            places.append(Layout.bridge(to: target))
        }
    }

    /// Adds a step; gives what has to come after it, if anything has.
    private mutating func append(_ draft: Decoder.Draft, before following: Decoder.Target?) -> Decoder.Target? {
        var place = Place(
            action: draft.header.map(draft.action.behind) ?? draft.action, target: draft.next, absent: draft.absent)
        guard draft.otherwise != draft.next else {
            places.append(place)
            return draft.action.kind.jumps ? nil : draft.next
        }
        place.action.falls = draft.otherwise != following
        place.target = place.action.falls ? draft.otherwise : draft.next
        places.append(place)
        return place.action.falls ? draft.next : draft.otherwise
    }

    /// Adds the look into a table, and before a small one in which few numbers are found the test whether it is there at all.
    private mutating func appendTable(_ draft: Decoder.Draft) {
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
    }

    /// What stands after a step that falls through into something elsewhere.
    private static func bridge(to target: Decoder.Target) -> Place {
        switch target {
        case .verdict(let k): Place(action: Action(.verdict, k: k), target: target)
        case .operation: Place(action: Action(.jump), target: target)
        }
    }
}

/// The numbers of a test against many, each in the place that its hash gives, or in the next free one after it.
struct HashTable {
    typealias Entry = (key: UInt32, target: Decoder.Target)

    private(set) var places: [Entry?]
    let shift: UInt8

    /// A table of eight places or more for each number; its last place is empty, so that every search ends.
    ///
    /// A few numbers are better looked for one after the other: processors foresee that all comparisons fail, but not where a
    /// hash leads. That is a table in which every number belongs into the only place, and so they follow one another.
    init(_ entries: [Entry]) {
        let bits = entries.count <= 4 ? 0 : Int.bitWidth - (8 * entries.count - 1).leadingZeroBitCount
        shift = UInt8(32 - bits)
        places = [Entry?](repeating: nil, count: 1 << bits)
        for entry in entries {
            var place = Slot.place(of: entry.key, shift: shift)
            while place < places.count, places[place] != nil { place += 1 }
            if place < places.count { places[place] = entry } else { places.append(entry) }
        }
        places.append(nil)
    }
}
