/// The numbers of a test against many, each in the place that its hash gives, or in the next free one after it.
struct HashTable {
    typealias Entry = (key: UInt32, target: UnplacedStep.Target)

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
