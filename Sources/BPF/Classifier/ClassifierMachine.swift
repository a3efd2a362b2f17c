/// Executes a classifier's steps.
///
/// Unsafe here: steps, tables and slots are read without asking whether they exist. `ClassifierCode` made every number in a
/// step that of a step, a place in a table or a slot; `run` checks that the slots are as many as this code has. The packet
/// itself is never read without asking.
@safe final class ClassifierMachine: @unchecked Sendable {
    private let steps: UnsafeMutableBufferPointer<ClassifierStep>
    private let table: UnsafeMutableBufferPointer<ClassifierEntry>
    private let start: Int
    let slotCount: Int
    /// For each group of equal programs, these.
    private let members: [[Int]]

    var groupCount: Int { members.count }

    init(_ code: ClassifierCode, members: [[Int]]) {
        unsafe steps = .allocate(capacity: code.steps.count)
        _ = unsafe steps.initialize(from: code.steps)
        unsafe table = .allocate(capacity: code.table.count)
        _ = unsafe table.initialize(from: code.table)
        start = code.start
        slotCount = code.slotCount
        self.members = members
    }

    deinit {
        unsafe steps.deallocate()
        unsafe table.deallocate()
    }

    func run(
        _ packet: RawSpan, _ wireLength: UInt32, _ metadata: borrowing PacketMetadata, _ matches: inout Matches
    ) {
        precondition(matches.slotCount == slotCount && matches.groups == groupCount, "the matches of another classifier")
        matches.reset()
        guard let steps = unsafe UnsafePointer(steps.baseAddress) else { return }
        let slots = unsafe matches.slots
        let captured = UInt32(clamping: packet.byteCount)
        var next = start
        /// Where to go on after a call, and the group that was called.
        var caller = 0
        var called = 0
        while true {
            let step = unsafe steps + next
            let target = Int(unsafe step.pointee.target)
            let left = Int(unsafe step.pointee.left)
            let right = Int(unsafe step.pointee.right)
            let k = unsafe step.pointee.k
            next &+= 1
            /// The end of a test.
            @inline(__always) func branch(_ holds: Bool) {
                next = Int(unsafe holds ? step.pointee.then : step.pointee.otherwise)
            }
            switch unsafe step.pointee.kind {
            case .load: unsafe slots[target] = load(step.pointee, k, packet, metadata)
            case .loadIndexed: unsafe slots[target] = load(step.pointee, slots[left], packet, metadata)
            case .present:
                let number = unsafe loaded(step.pointee, slots[left], packet, metadata)
                unsafe slots[target] = number == nil ? 0 : 1
            case .headerLength:
                let byte = packet.number(.byte, atLinuxOffset: k, networkOffset: metadata.networkOffset) ?? 0
                unsafe slots[target] = (byte & 0xf) &* 4
            case .captured: unsafe slots[target] = captured
            case .length: unsafe slots[target] = wireLength
            case .constant: unsafe slots[target] = k
            case .arithmeticConstant: unsafe slots[target] = compute(step.pointee, slots[left], k)
            case .arithmetic: unsafe slots[target] = compute(step.pointee, slots[left], slots[right])
            case .negate: unsafe slots[target] = 0 &- slots[left]
            case .extension:
                unsafe slots[target] = value(of: step.pointee, packet, metadata)

            case .equal: branch(unsafe slots[left] == k)
            case .greater: branch(unsafe slots[left] > k)
            case .greaterOrEqual: branch(unsafe slots[left] >= k)
            case .anyBit: branch(unsafe slots[left] & k != 0)
            case .equalSlots: branch(unsafe slots[left] == slots[right])
            case .greaterSlots: branch(unsafe slots[left] > slots[right])
            case .greaterOrEqualSlots: branch(unsafe slots[left] >= slots[right])
            case .anyBitSlots: branch(unsafe slots[left] & slots[right] != 0)
            case .dispatch:
                let found = unsafe look(slots[left], from: Int(k), shift: step.pointee.detail)
                next = Int(unsafe found == ClassifierEntry.nowhere ? step.pointee.otherwise : found)
            case .go: next = Int(unsafe step.pointee.then)

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
    private func decide(_ group: Int, _ verdict: UInt32, _ matches: inout Matches) {
        guard matches.decide(group), verdict != 0 else { return }
        for program in members[group] { matches.append(program, verdict) }
    }

    @inline(__always) private func look(_ key: UInt32, from base: Int, shift: UInt8) -> UInt32 {
        guard let table = unsafe table.baseAddress else { return ClassifierEntry.nowhere }
        var entry = unsafe table + base + ClassifierEntry.place(of: key, shift: shift)
        while unsafe entry.pointee.key != key && entry.pointee.then != ClassifierEntry.nowhere { unsafe entry += 1 }
        return unsafe entry.pointee.then
    }

    @inline(__always) private func loaded(
        _ step: ClassifierStep, _ offset: UInt32, _ packet: RawSpan, _ metadata: borrowing PacketMetadata
    ) -> UInt32? {
        let size = Size(rawValue: UInt16(step.detail)) ?? .byte
        if offset < 0x8000_0000 { return packet.number(size, at: Int(offset)) }
        return packet.number(size, atLinuxOffset: offset, networkOffset: metadata.networkOffset)
    }

    /// A load that a test has found to succeed.
    @inline(__always) private func load(
        _ step: ClassifierStep, _ offset: UInt32, _ packet: RawSpan, _ metadata: borrowing PacketMetadata
    ) -> UInt32 {
        loaded(step, offset, packet, metadata) ?? 0
    }

    private func compute(_ step: ClassifierStep, _ a: UInt32, _ b: UInt32) -> UInt32 {
        // A division by zero comes behind a test that there is none.
        Arithmetic(rawValue: UInt16(step.detail))?.apply(a, b, in: .linux) ?? 0
    }

    private func value(of step: ClassifierStep, _ packet: RawSpan, _ metadata: borrowing PacketMetadata) -> UInt32 {
        guard let name = Extension(rawValue: UInt32(step.detail)) else { return 0 }
        return metadata.value(of: name, a: 0, x: 0, packet: packet) ?? 0
    }
}
