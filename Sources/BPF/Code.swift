/// The decoded form of a program: the memory that an interpreter's steps and tables lie in. It never changes, and goes with
/// the last copy of the interpreter.
@safe final class Code: @unchecked Sendable {
    /// The first step.
    let start: UnsafePointer<Step>
    let dialect: Dialect
    /// Whether all actions are plain.
    let isPlain: Bool
    private let steps: UnsafeMutablePointer<Step>
    private let slots: UnsafeMutablePointer<Slot>

    /// Lays out the steps of a program in its order, after them one step for each of its verdicts, and beside them the tables.
    init(_ drafts: [Decoder.Draft], start: Decoder.Target, dialect: Dialect) {
        var places: [Decoder.Target: Int] = [:]
        func setPlace(_ target: Decoder.Target) { if places[target] == nil { places[target] = places.count } }
        for draft in drafts { setPlace(.operation(draft.operation)) }
        for target in [start] + drafts.flatMap(\.targets) { setPlace(target) }
        let tables = drafts.map { $0.table.isEmpty ? nil : HashTable($0.table) }

        // Every byte of both is set below, and both types are plain bytes: nothing to destroy later.
        unsafe steps = .allocate(capacity: places.count)
        unsafe slots = .allocate(capacity: tables.reduce(0) { $0 + ($1?.places.count ?? 0) })
        let steps = unsafe steps
        func address(_ target: Decoder.Target) -> UnsafePointer<Step> {
            guard let place = places[target] else { preconditionFailure("a step leads to no other") }
            return unsafe UnsafePointer(steps + place)
        }
        for case (.verdict(let k), let place) in places {
            let itself = unsafe UnsafePointer(steps + place)
            let step = unsafe Step(
                action: Action(.verdict, k: k), next: itself, otherwise: itself, slots: UnsafePointer(slots))
            unsafe (steps + place).initialize(to: step)
        }
        var nextSlot = unsafe slots
        for ((draft, table), place) in zip(zip(drafts, tables), 0...) {
            var step = unsafe Step(
                action: draft.action, next: address(draft.next), otherwise: address(draft.otherwise),
                slots: UnsafePointer(nextSlot))
            if let table {
                step.action.shift = table.shift
                for entry in table.places {
                    let next = unsafe entry.map { unsafe address($0.target) } ?? step.otherwise
                    unsafe nextSlot.initialize(to: Slot(key: entry?.key ?? 0, isEmpty: entry == nil, next: next))
                    unsafe nextSlot += 1
                }
            }
            unsafe (steps + place).initialize(to: step)
        }
        unsafe self.start = address(start)
        self.dialect = dialect
        isPlain = drafts.allSatisfy(\.action.isPlain)
    }

    deinit {
        unsafe steps.deallocate()
        unsafe slots.deallocate()
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
        let bits = entries.count <= 8 ? 0 : Int.bitWidth - (8 * entries.count - 1).leadingZeroBitCount
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
