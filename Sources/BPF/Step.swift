/// One step of the `Interpreter`: what to do, and where to go then.
///
/// The ways are pointers, because finding the next step is what an interpreter does most, and so it takes one instruction.
/// They point into the same `Code`, which owns all of its steps.
@safe struct Step {
    var action: Action
    /// The step after this one: when the test holds, and for steps without a test.
    var next: UnsafePointer<Step>
    /// And when the test does not hold.
    var otherwise: UnsafePointer<Step>
    /// `among`: the table.
    var slots: UnsafePointer<Slot>
}

/// One place of a hash table with open addressing: the step that follows when a number equals `key`.
@safe struct Slot {
    var key: UInt32
    var isEmpty: Bool
    var next: UnsafePointer<Step>
}

extension Slot {
    /// Where the search for a number begins in a table of 2^(32 - shift) places. The factor is 2^32 divided by the golden
    /// ratio, which spreads neighbours, such as the addresses of a network, far from each other (Knuth, volume 3, 6.4).
    @inline(__always) static func place(of number: UInt32, shift: UInt8) -> Int {
        Int(UInt64(number &* 0x9e37_79b1) &>> UInt64(shift))
    }
}
