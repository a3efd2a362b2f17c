/// The table of a test against many numbers: an open-addressing hash table with linear probing.
struct HashTable {
    typealias Entry = (key: UInt32, target: UnplacedStep.Target)

    private(set) var places: [Entry?]
    let shift: UInt8

    /// Creates a table with at least eight slots per number. The last slot is empty, so every search terminates.
    ///
    /// Up to four numbers are searched in sequence: the processor predicts that all comparisons fail, but not the
    /// target of a hash. Such a table has a single hash value, so its numbers follow one another.
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
