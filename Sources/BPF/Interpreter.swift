/// A verified program, decoded for speed. Gives the verdicts of `Machine`.
///
/// Running it allocates nothing, counts no references and checks nothing that the verifier or the decoder has settled: what
/// remains is one comparison with the packet's length for each load. Any number of threads may run one at once.
@safe public struct Interpreter: @unchecked Sendable {
    /// What the pointers below point to; it never changes.
    private let storage: Storage
    private let steps: UnsafePointer<Step>
    private let slots: UnsafePointer<Slot>
    private let start: UInt16
    private let firstVerdict: UInt16
    private let dialect: Dialect

    public init(_ program: VerifiedProgram) {
        var decoder = Decoder(program)
        let layout = decoder.decode()
        storage = Storage(layout)
        unsafe steps = UnsafePointer(storage.steps)
        unsafe slots = UnsafePointer(storage.slots)
        start = layout.start
        firstVerdict = layout.firstVerdict
        dialect = program.dialect
    }

    /// How many bytes of the packet to keep: 0 drops it; a number beyond its length means all of it.
    ///
    /// `packet` is what was captured, from its first byte; `wireLength` its length on the wire, in bytes.
    public func run(_ packet: RawSpan, wireLength: UInt32, metadata: PacketMetadata = PacketMetadata()) -> UInt32 {
        defer { withExtendedLifetime(storage) {} }
        return unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 16) { scratch in
            // Uninitialized on purpose: the verifier has seen that every word is stored before it is loaded, and in the
            // dialect without this rule the first step clears it.
            unsafe execute(packet, wireLength, metadata, scratch.baseAddress.unsafelyUnwrapped)
        }
    }

    @inline(__always)
    private func execute(
        _ packet: RawSpan, _ wireLength: UInt32, _ metadata: PacketMetadata, _ scratch: UnsafeMutablePointer<UInt32>
    ) -> UInt32 {
        var a: UInt32 = 0
        var x: UInt32 = 0
        /// The last place where a word of the packet begins; negative in a packet shorter than a word.
        let lastWord = packet.byteCount &- 4
        var next = start

        /// The word at `place`, which is not beyond `lastWord`, and not negative: an offset plus X, both unsigned.
        @inline(__always) func word(_ place: Int) -> UInt32 {
            UInt32(bigEndian: unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt32.self))
        }

        @inline(__always) func fixed(_ step: UnsafePointer<Step>) -> UInt32? {
            let place = Int(unsafe step.pointee.offset)
            return place <= lastWord ? word(place) & (unsafe step.pointee.mask) : nil
        }

        @inline(__always) func indexed(_ step: UnsafePointer<Step>, _ x: UInt32) -> UInt32? {
            let place = Int(unsafe step.pointee.offset) &+ Int(x)
            if place <= lastWord { return word(place) & (unsafe step.pointee.mask) }
            return dialect == .linux ? unsafe wrapped(step.pointee, x, packet, metadata) : nil
        }

        @inline(__always) func lookUp(_ number: UInt32, _ step: UnsafePointer<Step>) -> UInt16 {
            var slot = unsafe slots + Int(step.pointee.k) + Slot.place(of: number, shift: step.pointee.shift)
            while unsafe slot.pointee.key != number && !slot.pointee.isEmpty { unsafe slot += 1 }
            return unsafe slot.pointee.next
        }

        while next < firstVerdict {
            // The decoder made every number of a step, and of a slot, one that exists; the verifier every scratch word.
            let step = unsafe steps + Int(next)
            let k = unsafe step.pointee.k
            next = unsafe step.pointee.next
            let otherwise = unsafe step.pointee.otherwise
            switch unsafe step.pointee.kind {
            case .equalFixed:
                guard let number = unsafe fixed(step) else { return 0 }
                a = number
                if number != k { next = otherwise }
            case .greaterFixed:
                guard let number = unsafe fixed(step) else { return 0 }
                a = number
                if number <= k { next = otherwise }
            case .greaterOrEqualFixed:
                guard let number = unsafe fixed(step) else { return 0 }
                a = number
                if number < k { next = otherwise }
            case .anyBitFixed:
                guard let number = unsafe fixed(step) else { return 0 }
                a = number
                if number & k == 0 { next = otherwise }
            case .amongFixed:
                guard let number = unsafe fixed(step) else { return 0 }
                a = number
                next = unsafe lookUp(number, step)

            case .equalIndexed:
                guard let number = unsafe indexed(step, x) else { return 0 }
                a = number
                if number != k { next = otherwise }
            case .greaterIndexed:
                guard let number = unsafe indexed(step, x) else { return 0 }
                a = number
                if number <= k { next = otherwise }
            case .greaterOrEqualIndexed:
                guard let number = unsafe indexed(step, x) else { return 0 }
                a = number
                if number < k { next = otherwise }
            case .anyBitIndexed:
                guard let number = unsafe indexed(step, x) else { return 0 }
                a = number
                if number & k == 0 { next = otherwise }
            case .amongIndexed:
                guard let number = unsafe indexed(step, x) else { return 0 }
                a = number
                next = unsafe lookUp(number, step)

            case .equal: if a != k { next = otherwise }
            case .greater: if a <= k { next = otherwise }
            case .greaterOrEqual: if a < k { next = otherwise }
            case .anyBit: if a & k == 0 { next = otherwise }
            case .among: next = unsafe lookUp(a, step)
            case .equalX: if a != x { next = otherwise }
            case .greaterX: if a <= x { next = otherwise }
            case .greaterOrEqualX: if a < x { next = otherwise }
            case .anyBitX: if a & x == 0 { next = otherwise }

            case .loadFixed:
                guard let number = unsafe fixed(step) else { return 0 }
                a = number
            case .loadIndexed:
                guard let number = unsafe indexed(step, x) else { return 0 }
                a = number
            case .loadOutside:
                guard let number = unsafe outside(step.pointee, packet, metadata) else { return 0 }
                a = number
            case .loadEarlyIndexed:
                guard let number = unsafe early(step.pointee, x, packet, metadata) else { return 0 }
                a = number
            case .headerLength:
                guard Int(k) < packet.byteCount else { return 0 }
                x = UInt32(unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: Int(k), as: UInt8.self) & 0xf) * 4
            case .headerLengthOutside:
                guard let number = unsafe outside(step.pointee, packet, metadata) else { return 0 }
                x = (number & 0xf) * 4
            case .loadExtension:
                guard let number = value(ofExtension: k, a, x, packet, metadata) else { return 0 }
                a = number
            case .loadLengthA: a = wireLength
            case .loadLengthX: x = wireLength
            case .loadA: a = k
            case .loadX: x = k
            case .loadScratchA: a = unsafe scratch[Int(k)]
            case .loadScratchX: x = unsafe scratch[Int(k)]
            case .storeA: unsafe scratch[Int(k)] = a
            case .storeX: unsafe scratch[Int(k)] = x
            case .clearScratch: unsafe scratch.update(repeating: 0, count: 16)
            case .transferToX: x = a
            case .transferToA: a = x
            case .negate: a = 0 &- a

            case .add: a &+= k
            case .multiply: a &*= k
            case .divide: a = a / k
            case .modulo: a = a % k
            case .and: a &= k
            case .or: a |= k
            case .xor: a ^= k
            case .shiftLeft: a = a &<< k
            case .shiftRight: a = a &>> k
            case .addX: a &+= x
            case .subtractX: a &-= x
            case .multiplyX: a &*= x
            case .divideX:
                guard x != 0 else { return 0 }
                a /= x
            case .moduloX:
                guard x != 0 else { return 0 }
                a %= x
            case .andX: a &= x
            case .orX: a |= x
            case .xorX: a ^= x
            case .shiftLeftX: a = a &<< x
            case .shiftRightX: a = a &>> x
            case .shiftLeftXOrZero: a <<= x
            case .shiftRightXOrZero: a >>= x
            case .drop: return 0
            case .returnA: return a
            case .verdict: return k
            }
        }
        return unsafe steps[Int(next)].k
    }
}

// The ways that packets hardly ever go. Kept out of the loop, so that its registers stay free.
extension Interpreter {
    /// `[x+k]` where the sum lies past the last word: Linux takes it modulo 2^32, and as a negative offset if it is one.
    @inline(never)
    private func wrapped(_ step: Step, _ x: UInt32, _ packet: RawSpan, _ metadata: PacketMetadata) -> UInt32? {
        let size: Size = step.size == 4 ? .word : step.size == 2 ? .half : .byte
        let offset = step.offset &+ 4 &- size.bytes &+ x
        return packet.number(size, atLinuxOffset: offset, networkOffset: metadata.networkOffset).map { $0 & step.mask }
    }

    /// `[k]` and `4*([k]&0xf)` that begin before byte 3, or at a negative offset.
    @inline(never)
    private func outside(_ step: Step, _ packet: RawSpan, _ metadata: PacketMetadata) -> UInt32? {
        let size: Size = step.kind == .headerLengthOutside || step.size == 1 ? .byte : step.size == 2 ? .half : .word
        return packet.number(size, atLinuxOffset: step.k, networkOffset: metadata.networkOffset)
    }

    /// `[x+k]` where k lies before byte 3.
    @inline(never)
    private func early(_ step: Step, _ x: UInt32, _ packet: RawSpan, _ metadata: PacketMetadata) -> UInt32? {
        let size: Size = step.size == 4 ? .word : step.size == 2 ? .half : .byte
        return switch dialect {
        case .linux: packet.number(size, atLinuxOffset: x &+ step.k, networkOffset: metadata.networkOffset)
        case .libpcap: packet.number(size, at: Int(x) + Int(step.k))
        }
    }

    @inline(never)
    private func value(
        ofExtension offset: UInt32, _ a: UInt32, _ x: UInt32, _ packet: RawSpan, _ metadata: PacketMetadata
    ) -> UInt32? {
        Extension(rawValue: offset).flatMap { metadata.value(of: $0, a: a, x: x, packet: packet) }
    }
}

extension Interpreter {
    /// The memory of a decoded program, freed with the last copy of its interpreter.
    @safe private final class Storage: @unchecked Sendable {
        let steps: UnsafeMutablePointer<Step>
        let slots: UnsafeMutablePointer<Slot>

        init(_ layout: Layout) {
            unsafe steps = .allocate(capacity: layout.steps.count)
            unsafe slots = .allocate(capacity: layout.slots.count)
            // Both types are plain bytes: nothing to destroy later.
            unsafe steps.initialize(from: layout.steps, count: layout.steps.count)
            unsafe slots.initialize(from: layout.slots, count: layout.slots.count)
        }

        deinit {
            unsafe steps.deallocate()
            unsafe slots.deallocate()
        }
    }
}
