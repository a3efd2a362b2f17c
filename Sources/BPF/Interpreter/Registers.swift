/// The state of the interpreter that stays in processor registers: A, X, and the current step as the program counter.
@usableFromInline @safe struct Registers {
    @usableFromInline var a: UInt32 = 0
    @usableFromInline var x: UInt32 = 0
    @usableFromInline private(set) var step: UnsafePointer<Step>

    /// Starts at the first step of a program. `code` must outlive the registers.
    @inlinable @inline(__always) init(at code: borrowing Code) { unsafe step = code.start }

    /// What the step does. The pointer is valid: the decoder created every pointer of a step.
    @inlinable @inline(__always) var action: Action { unsafe step.pointee.action }

    /// Continues with the next step in memory. It exists: only a verdict can be last.
    @inlinable @inline(__always) mutating func goOn() { unsafe step += 1 }

    /// Continues at the target of the step.
    @inlinable @inline(__always) mutating func jump() { unsafe step = step.pointee.target }

    /// Continues where the step leads if its load fails.
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

    /// Branches on the outcome of a test.
    ///
    /// `_fastPath` is not a prediction: it makes the compiler emit a branch. Otherwise the compiler selects the next
    /// step without a branch, and the processor must wait for the selection every time. A branch is usually predicted
    /// correctly.
    @inlinable @inline(__always) mutating func branch(_ holds: Bool) {
        if _fastPath(holds == action.falls) { goOn() } else { jump() }
    }

    /// Branches by the step's table, or falls through if the number is not in it. Every table ends with an empty
    /// slot.
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

    /// The number that the step loads, at an offset from `base`; nil if the packet is too short.
    @inlinable @inline(__always) func number(of packet: RawSpan, from base: UInt32) -> UInt32? {
        let place = Int(action.offset) &+ Int(base)
        guard place <= packet.byteCount &- 4 else { return nil }
        let word = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt32.self)
        return UInt32(bigEndian: word) & action.mask
    }

    /// Sets X to the length of the IPv4 header at `place`. Returns false if the packet is too short.
    @inline(__always) mutating func loadHeaderLength(at place: Int, of packet: RawSpan) -> Bool {
        guard place < packet.byteCount else { return false }
        let first = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt8.self)
        x = UInt32(first & 0xf) &* 4
        return true
    }
}
