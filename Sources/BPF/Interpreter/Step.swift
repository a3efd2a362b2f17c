/// One step of the `Interpreter`: an action and where to continue.
///
/// Control usually continues with the next step in memory, which takes no load, so the processor can run ahead. All
/// other destinations are pointers into the same `Code`, which owns the steps.
@usableFromInline @safe struct Step {
    @usableFromInline var action: Action
    /// The destination of a test that does not fall through, and of `jump`.
    @usableFromInline var target: UnsafePointer<Step>
    /// The destination of a classifier's step if its load fails.
    @usableFromInline var absent: UnsafePointer<Step>
    /// `among`: a table of slots. `lookUp`: the memory of an `AddressTable`.
    @usableFromInline var table: UnsafeRawPointer

    @usableFromInline var slots: UnsafePointer<Slot> { unsafe table.assumingMemoryBound(to: Slot.self) }
}

/// A slot of an open-addressing hash table: the step to continue with if a number equals `key`.
@usableFromInline @safe struct Slot {
    @usableFromInline var key: UInt32
    @usableFromInline var isEmpty: Bool
    @usableFromInline var next: UnsafePointer<Step>
}

extension Slot {
    /// The first slot to probe for a number, in a table of 2^(32 - shift) slots.
    ///
    /// Multiplicative hashing (Knuth, volume 3, 6.4): the factor is 2^32 divided by the golden ratio. It scatters
    /// close numbers, such as the addresses of a network.
    @inline(__always) static func place(of number: UInt32, shift: UInt8) -> Int {
        Int(UInt64(number &* 0x9e37_79b1) &>> UInt64(shift))
    }
}
