/// What the interpreter keeps in the processor's registers while it runs: the machine's registers, the program counter as the
/// step to execute.
@usableFromInline @safe struct Registers {
    @usableFromInline var a: UInt32 = 0
    @usableFromInline var x: UInt32 = 0
    @usableFromInline private(set) var step: UnsafePointer<Step>

    /// At the first step of a program, whose `code` must live longer.
    @inlinable @inline(__always) init(at code: borrowing Code) { unsafe step = code.start }

    /// What the step does. (It exists: the decoder made every pointer of a step.)
    @inlinable @inline(__always) var action: Action { unsafe step.pointee.action }

    /// Goes to the next step in memory. (It exists: only verdicts stand at the end.)
    @inlinable @inline(__always) mutating func goOn() { unsafe step += 1 }

    /// Goes where the step points to.
    @inlinable @inline(__always) mutating func jump() { unsafe step = step.pointee.target }

    /// Goes where the step leads that could not load its number.
    mutating func fail() { unsafe step = step.pointee.absent }

    /// The memory of the step's list.
    @inline(__always) var table: UnsafeRawPointer { unsafe step.pointee.table }

    @inline(__always) mutating func set(a: UInt32) {
        self.a = a
        goOn()
    }

    @inline(__always) mutating func set(x: UInt32) {
        self.x = x
        goOn()
    }

    /// Goes where a test leads.
    ///
    /// `_fastPath` says nothing about the test: it makes the compiler branch. Left alone it computes the next step without a
    /// branch, for which the processor waits every time, while it guesses branches and mostly guesses right.
    @inlinable @inline(__always) mutating func branch(_ holds: Bool) {
        if _fastPath(holds == action.falls) { goOn() } else { jump() }
    }

    /// Goes where the step's table leads with a number, and on if it is not there. Every table ends with an empty slot.
    @inline(__always) mutating func branch(among number: UInt32) {
        var slot = unsafe step.pointee.slots + Slot.place(of: number, shift: action.shift)
        while unsafe !slot.pointee.isEmpty {
            if unsafe slot.pointee.key == number {
                unsafe step = slot.pointee.next
                return
            }
            unsafe slot += 1
        }
        goOn()
    }

    /// The number that the step loads, its offset counted from `base`; nil where the packet does not have it.
    @inlinable @inline(__always) func number(of packet: RawSpan, from base: UInt32) -> UInt32? {
        let place = Int(action.offset) &+ Int(base)
        guard place <= packet.byteCount &- 4 else { return nil }
        let word = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt32.self)
        return UInt32(bigEndian: word) & action.mask
    }

    /// Sets X to the length of the IPv4 header that begins at `place`; false where the packet ends before.
    @inline(__always) mutating func loadHeaderLength(at place: Int, of packet: RawSpan) -> Bool {
        guard place < packet.byteCount else { return false }
        let first = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt8.self)
        x = UInt32(first & 0xf) &* 4
        return true
    }
}
