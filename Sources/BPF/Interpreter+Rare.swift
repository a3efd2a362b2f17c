// The steps, and the ways of common steps, that most packets never meet.
extension Interpreter {
    /// Executes a step that `execute` has not done. False ends the program: it drops the packet, unless the step is an extension.
    @inline(__always)
    func executeRare(
        _ registers: inout Registers, _ scratch: inout [16 of UInt32], _ packet: RawSpan,
        _ wireLength: UInt32, _ metadata: () -> PacketMetadata
    ) -> Bool {
        let (a, x) = (registers.a, registers.x)
        let action = registers.action
        let k = action.k
        switch action.kind {
        // The verifier knows k to be less than 16. The compiler does not: `& 15` spares its check.
        case .loadScratchA: registers.set(a: scratch[Int(k & 15)])
        case .loadScratchX: registers.set(x: scratch[Int(k & 15)])
        case .storeA:
            scratch[Int(k & 15)] = a
            registers.goOn()
        case .storeX:
            scratch[Int(k & 15)] = x
            registers.goOn()
        case .loadLengthX: registers.set(x: wireLength)
        case .negate: registers.set(a: 0 &- a)
        case .multiply: registers.set(a: a &* k)
        case .divide: registers.set(a: a / k)
        case .modulo: registers.set(a: a % k)
        case .xor: registers.set(a: a ^ k)
        case .multiplyX: registers.set(a: a &* x)
        case .divideX where x != 0: registers.set(a: a / x)
        case .moduloX where x != 0: registers.set(a: a % x)
        case .andX: registers.set(a: a & x)
        case .orX: registers.set(a: a | x)
        case .xorX: registers.set(a: a ^ x)
        case .shiftLeftX: registers.set(a: a &<< x)
        case .shiftRightX: registers.set(a: a &>> x)
        case .shiftLeftXOrZero: registers.set(a: a << x)
        case .shiftRightXOrZero: registers.set(a: a >> x)
        default: return load(action, &registers, packet, metadata)
        }
        return true
    }

    /// Loads, and tests of what they load, that the common steps cannot do; false as above.
    @inline(never)
    private func load(
        _ action: Action, _ registers: inout Registers, _ packet: RawSpan, _ metadata: () -> PacketMetadata
    ) -> Bool {
        let (x, k, size) = (registers.x, action.k, action.numberSize)
        let loaded: UInt32? =
            switch action.kind {
            case .loadExtension:
                Extension(rawValue: k).flatMap { metadata().value(of: $0, a: registers.a, x: x, packet: packet) }
            case .loadOutside, .headerLengthOutside: number(size, at: k, 0, packet, metadata)
            case .loadEarlyIndexed: number(size, at: k, x, packet, metadata)
            case .equalIndexed, .greaterIndexed, .greaterOrEqualIndexed, .anyBitIndexed, .anyOfIndexed, .amongIndexed,
                .loadIndexed:
                number(size, at: action.offset &+ 4 &- size.bytes, x, packet, metadata).map { $0 & action.mask }
            default: nil  // a number past the end, a division by zero
            }
        guard let loaded else { return false }
        if action.kind == .headerLengthOutside {
            registers.set(x: (loaded & 0xf) * 4)
            return true
        }
        registers.a = loaded
        switch action.kind {
        case .equalIndexed: registers.branch(loaded == k)
        case .greaterIndexed: registers.branch(loaded > k)
        case .greaterOrEqualIndexed: registers.branch(loaded >= k)
        case .anyBitIndexed: registers.branch(loaded & k != 0)
        case .anyOfIndexed: registers.branch(any(action.keys .== SIMD4(repeating: loaded)))
        case .amongIndexed: registers.branch(among: loaded)
        default: registers.goOn()
        }
        return true
    }

    /// `[k]` or `[x+k]`. Linux takes the sum modulo 2^32, and as a negative offset if it is one.
    private func number(
        _ size: Size, at k: UInt32, _ x: UInt32, _ packet: RawSpan, _ metadata: () -> PacketMetadata
    ) -> UInt32? {
        switch code.dialect {
        case .linux: packet.number(size, atLinuxOffset: x &+ k, networkOffset: metadata().networkOffset)
        case .libpcap: packet.number(size, at: Int(x) + Int(k))
        }
    }
}

extension Action {
    fileprivate var numberSize: Size { size == 1 ? .byte : size == 2 ? .half : .word }
}
