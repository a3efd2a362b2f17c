/// The steps of a program in their final places: those to execute first, then the verdicts. So the interpreter ends when the
/// number of the next step reaches `firstVerdict`.
struct Layout {
    private(set) var steps: [Step] = []
    private(set) var slots: [Slot] = []
    private(set) var start: UInt16 = 0
    private(set) var firstVerdict: UInt16 = 0

    /// `clearsScratch`: whether the first step is to set the scratch memory to zeros.
    init(_ drafts: [Decoder.Draft], start: Decoder.Target, clearsScratch: Bool) {
        var places: [Decoder.Target: UInt16] = [:]
        let shift = clearsScratch ? 1 : 0
        for (index, draft) in drafts.enumerated() { places[.operation(draft.operation)] = UInt16(index + shift) }
        firstVerdict = UInt16(drafts.count + shift)

        var verdicts: [UInt32] = []
        func place(of target: Decoder.Target) -> UInt16 {
            if let place = places[target] { return place }
            guard case .verdict(let k) = target else { preconditionFailure("a step leads to no other") }
            let place = firstVerdict + UInt16(verdicts.count)
            verdicts.append(k)
            places[target] = place
            return place
        }

        self.start = place(of: start)
        if clearsScratch {
            var first = Step(.clearScratch)
            first.next = self.start
            self.start = 0
            steps.append(first)
        }
        for draft in drafts {
            var step = draft.step
            step.next = place(of: draft.next)
            step.otherwise = place(of: draft.otherwise)
            if !draft.table.isEmpty {
                let table = draft.table.map { (key: $0.key, next: place(of: $0.target)) }
                (step.k, step.shift) = append(table, otherwise: step.otherwise)
            }
            steps.append(step)
        }
        for k in verdicts {
            var step = Step(.verdict)
            step.k = k
            steps.append(step)
        }
    }

    /// Adds a hash table of four places or more for each number, ended by an empty place; gives its first place and shift.
    private mutating func append(_ table: [(key: UInt32, next: UInt16)], otherwise: UInt16) -> (UInt32, UInt8) {
        let bits = Int.bitWidth - (4 * table.count - 1).leadingZeroBitCount
        let shift = UInt8(32 - bits)
        var places = [Slot](repeating: Slot(key: 0, next: otherwise, isEmpty: true), count: 1 << bits)
        for entry in table {
            var place = Slot.place(of: entry.key, shift: shift)
            while place < places.count, !places[place].isEmpty { place += 1 }
            let slot = Slot(key: entry.key, next: entry.next, isEmpty: false)
            if place < places.count { places[place] = slot } else { places.append(slot) }
        }
        places.append(Slot(key: 0, next: otherwise, isEmpty: true))
        defer { slots += places }
        return (UInt32(slots.count), shift)
    }
}
