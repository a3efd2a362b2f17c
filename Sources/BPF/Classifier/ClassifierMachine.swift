/// Executes a classifier's steps.
///
/// Unsafe here: steps, tables and slots are read without asking whether they exist. `ClassifierCode` made every number in a
/// step that of a step, a place in a table or a slot; `run` checks that the slots are as many as this code has. The packet
/// itself is never read without asking how long it is.
@safe final class ClassifierMachine: @unchecked Sendable {
    private let steps: UnsafeMutableBufferPointer<ClassifierStep>
    private let table: UnsafeMutableBufferPointer<ClassifierEntry>
    private let start: Int
    let slotCount: Int
    /// The programs of each group of equal ones: group g has those from `groups[g]` to `groups[g + 1]`.
    private let members: UnsafeMutableBufferPointer<Int>
    private let groups: UnsafeMutableBufferPointer<Int>

    var groupCount: Int { unsafe groups.count - 1 }

    init(_ code: ClassifierCode, members: [[Int]]) {
        var ends = [0]
        for group in members { ends.append(ends[ends.count - 1] + group.count) }
        unsafe steps = ClassifierMachine.copy(code.steps)
        unsafe table = ClassifierMachine.copy(code.table)
        unsafe self.members = ClassifierMachine.copy(members.flatMap(\.self))
        unsafe groups = ClassifierMachine.copy(ends)
        start = code.start
        slotCount = code.slotCount
    }

    private static func copy<T: BitwiseCopyable>(_ array: [T]) -> UnsafeMutableBufferPointer<T> {
        let copy = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
        _ = unsafe copy.initialize(from: array)
        return unsafe copy
    }

    deinit {
        unsafe steps.deallocate()
        unsafe table.deallocate()
        unsafe members.deallocate()
        unsafe groups.deallocate()
    }

    func run(
        _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata, _ matches: inout Matches
    ) {
        precondition(
            matches.slotCount == slotCount && matches.groups == groupCount, "the matches of another classifier")
        matches.reset()
        guard let steps = unsafe UnsafePointer(steps.baseAddress) else { return }
        let slots = unsafe matches.slots
        let captured = UInt32(clamping: packet.byteCount)
        var next = start
        /// Where to go on after a call, and the group that was called.
        var caller = 0
        var called = 0

        /// A number that a test has found to be in the packet.
        @inline(__always) func load(_ step: UnsafePointer<ClassifierStep>, at offset: UInt32) -> UInt32 {
            let number = number(at: offset, shift: unsafe step.pointee.detail, packet, metadata) ?? 0
            unsafe slots[Int(step.pointee.target)] = number
            return number
        }
        @inline(__always) func fixed(_ step: UnsafePointer<ClassifierStep>) -> UInt32 {
            unsafe load(step, at: step.pointee.other)
        }
        @inline(__always) func indexed(_ step: UnsafePointer<ClassifierStep>) -> UInt32 {
            unsafe load(step, at: slots[Int(step.pointee.left)] &+ step.pointee.other)
        }
        @inline(__always) func isPresent(_ step: UnsafePointer<ClassifierStep>) -> Bool {
            let offset = unsafe slots[Int(step.pointee.left)] &+ step.pointee.other
            return number(at: offset, shift: unsafe step.pointee.detail, packet, metadata) != nil
        }

        while true {
            let step = unsafe steps + next
            let target = Int(unsafe step.pointee.target)
            let left = Int(unsafe step.pointee.left)
            let other = unsafe step.pointee.other
            let k = unsafe step.pointee.k
            next &+= 1
            /// The end of a test. `_slowPath` says nothing about the test: it makes a branch of it, which the processor
            /// guesses, where a computed place would be waited for.
            @inline(__always) func branch(_ holds: Bool) {
                if _slowPath(holds) {
                    next = Int(unsafe step.pointee.then)
                } else {
                    next = Int(unsafe step.pointee.otherwise)
                }
            }
            @inline(__always) func look(_ number: UInt32) {
                let found = unsafe self.look(number, from: Int(k), shift: step.pointee.shift)
                next = Int(unsafe found == ClassifierEntry.nowhere ? step.pointee.otherwise : found)
            }
            switch unsafe step.pointee.kind {
            case .capturedAtLeast: branch(captured >= k)
            case .isPresent: branch(unsafe isPresent(step))
            case .amongFixed: look(unsafe fixed(step))
            case .amongIndexed: look(unsafe indexed(step))
            case .among: look(unsafe slots[left])
            case .equalFixed: branch(unsafe fixed(step) == k)
            case .greaterFixed: branch(unsafe fixed(step) > k)
            case .greaterOrEqualFixed: branch(unsafe fixed(step) >= k)
            case .anyBitFixed: branch(unsafe fixed(step) & k != 0)
            case .equalIndexed: branch(unsafe indexed(step) == k)
            case .greaterIndexed: branch(unsafe indexed(step) > k)
            case .greaterOrEqualIndexed: branch(unsafe indexed(step) >= k)
            case .anyBitIndexed: branch(unsafe indexed(step) & k != 0)
            case .equal: branch(unsafe slots[left] == k)
            case .greater: branch(unsafe slots[left] > k)
            case .greaterOrEqual: branch(unsafe slots[left] >= k)
            case .anyBit: branch(unsafe slots[left] & k != 0)
            case .equalSlots: branch(unsafe slots[left] == slots[Int(other)])
            case .greaterSlots: branch(unsafe slots[left] > slots[Int(other)])
            case .greaterOrEqualSlots: branch(unsafe slots[left] >= slots[Int(other)])
            case .anyBitSlots: branch(unsafe slots[left] & slots[Int(other)] != 0)
            case .go: next = Int(unsafe step.pointee.then)

            case .fixed: _ = unsafe fixed(step)
            case .indexed: _ = unsafe indexed(step)
            case .headerLength: unsafe slots[target] = (fixed(step) & 0xf) &* 4
            case .present: unsafe slots[target] = isPresent(step) ? 1 : 0
            case .captured: unsafe slots[target] = captured
            case .length: unsafe slots[target] = wireLength
            case .constant: unsafe slots[target] = k
            case .arithmeticConstant: unsafe slots[target] = compute(step.pointee, slots[left], k)
            case .arithmetic: unsafe slots[target] = compute(step.pointee, slots[left], slots[Int(other)])
            case .negate: unsafe slots[target] = 0 &- slots[left]
            case .extension: unsafe slots[target] = value(of: step.pointee, packet, metadata)

            case .accept: decide(target, k, &matches)
            case .acceptSlot: decide(target, unsafe slots[left], &matches)
            case .call:
                if !matches.isDecided(target) {
                    (caller, called) = (next, target)
                    next = Int(unsafe step.pointee.then)
                }
            case .verdict:
                decide(called, k, &matches)
                next = caller
            case .verdictSlot:
                decide(called, unsafe slots[left], &matches)
                next = caller
            case .stop: return
            }
        }
    }

    /// The first verdict on a program counts, later ones do not.
    @inline(__always) private func decide(_ group: Int, _ verdict: UInt32, _ matches: inout Matches) {
        guard matches.decide(group), verdict != 0 else { return }
        for index in unsafe groups[group]..<groups[group + 1] { matches.append(unsafe members[index], verdict) }
    }

    @inline(__always) private func look(_ key: UInt32, from base: Int, shift: UInt8) -> UInt32 {
        guard let table = unsafe table.baseAddress else { return ClassifierEntry.nowhere }
        var entry = unsafe table + base + ClassifierEntry.place(of: key, shift: shift)
        while unsafe entry.pointee.key != key && entry.pointee.then != ClassifierEntry.nowhere { unsafe entry += 1 }
        return unsafe entry.pointee.then
    }

    /// A number in the packet, nil if it is not wholly there. `shift` tells its size; see `ClassifierStep.detail`.
    @inline(__always) private func number(
        at offset: UInt32, shift: UInt8, _ packet: RawSpan, _ metadata: () -> PacketMetadata
    ) -> UInt32? {
        // A whole word is there nearly always; the number is its upper part. (`byteCount` is never negative.)
        if Int(offset) &+ 4 <= packet.byteCount {
            let word = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: Int(offset), as: UInt32.self)
            return UInt32(bigEndian: word) &>> UInt32(shift)
        }
        return numberAtEnd(at: offset, shift: shift, packet, metadata)
    }

    /// The same at the end of the packet, and where Linux counts from a header.
    @inline(never) private func numberAtEnd(
        at offset: UInt32, shift: UInt8, _ packet: RawSpan, _ metadata: () -> PacketMetadata
    ) -> UInt32? {
        let size: Size = shift == Size.byte.shift ? .byte : shift == Size.half.shift ? .half : .word
        if offset < 0x8000_0000 { return packet.number(size, at: Int(offset)) }
        return packet.number(size, atLinuxOffset: offset, networkOffset: metadata().networkOffset)
    }

    private func compute(_ step: ClassifierStep, _ a: UInt32, _ b: UInt32) -> UInt32 {
        // A division by zero comes behind a test that there is none.
        Arithmetic(rawValue: UInt16(step.detail))?.apply(a, b, in: .linux) ?? 0
    }

    private func value(of step: ClassifierStep, _ packet: RawSpan, _ metadata: () -> PacketMetadata) -> UInt32 {
        guard let name = Extension(rawValue: UInt32(step.detail)) else { return 0 }
        return metadata().value(of: name, a: 0, x: 0, packet: packet) ?? 0
    }
}
