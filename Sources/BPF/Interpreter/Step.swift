/// One step of the `Interpreter`: what to do, and where to go then.
///
/// Mostly that is the next step in memory: to find it no memory is read, and the processor runs ahead. Other ways are pointers,
/// into the same `Code`, which owns all of its steps.
@usableFromInline @safe struct Step {
    @usableFromInline var action: Action
    /// Where a test leads that does not fall through, and where `jump` goes.
    @usableFromInline var target: UnsafePointer<Step>
    /// Where a classifier's step leads whose load fails.
    @usableFromInline var absent: UnsafePointer<Step>
    /// `among`: the table, of slots. `lookUp`: the memory of an `AddressTable`.
    @usableFromInline var table: UnsafeRawPointer

    @usableFromInline var slots: UnsafePointer<Slot> { unsafe table.assumingMemoryBound(to: Slot.self) }
}

/// One place of a hash table with open addressing: the step that follows when a number equals `key`.
@usableFromInline @safe struct Slot {
    @usableFromInline var key: UInt32
    @usableFromInline var isEmpty: Bool
    @usableFromInline var next: UnsafePointer<Step>
}

extension Slot {
    /// Where the search for a number begins in a table of 2^(32 - shift) places. The factor is 2^32 divided by the golden
    /// ratio, which spreads neighbours, such as the addresses of a network, far from each other (Knuth, volume 3, 6.4).
    @inline(__always) static func place(of number: UInt32, shift: UInt8) -> Int {
        Int(UInt64(number &* 0x9e37_79b1) &>> UInt64(shift))
    }
}
