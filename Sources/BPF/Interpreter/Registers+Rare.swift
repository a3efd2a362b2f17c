// Rare steps, and rare paths of common steps.
extension Registers {
    /// Executes a step that `execute` has not done. Returns false if it fails: a load past the end, or a division by
    /// zero.
    ///
    /// `scratch` must contain all scratch words that the program uses.
    @inline(__always)
    mutating func executeRare(
        _ scratch: inout MutableSpan<UInt32>, _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata
    ) -> Bool {
        let action = action
        let k = action.k
        switch action.kind {
        case .loadScratchA: set(a: scratch[Int(k)])
        case .loadScratchX: set(x: scratch[Int(k)])
        case .storeA:
            scratch[Int(k)] = a
            goOn()
        case .storeX:
            scratch[Int(k)] = x
            goOn()
        case .loadLengthX: set(x: wireLength)
        case .negate: set(a: 0 &- a)
        case .multiply: set(a: a &* k)
        case .divide: set(a: a / k)
        case .modulo: set(a: a % k)
        case .xor: set(a: a ^ k)
        case .multiplyX: set(a: a &* x)
        case .divideX where x != 0: set(a: a / x)
        case .moduloX where x != 0: set(a: a % x)
        case .andX: set(a: a & x)
        case .orX: set(a: a | x)
        case .xorX: set(a: a ^ x)
        case .shiftLeftX: set(a: a &<< x)
        case .shiftRightX: set(a: a &>> x)
        case .shiftLeftXOrZero: set(a: a << x)
        case .shiftRightXOrZero: set(a: a >> x)
        case .lookUpIPv4: return lookUp(.ipv4, packet)
        case .lookUpIPv6: return lookUp(.ipv6, packet)
        case .isPresent: branch(indexed(packet, metadata) != nil)
        default: return load(packet, metadata)
        }
        return true
    }

    /// Looks up an address in the step's list. Returns false if the packet ends before the result is known.
    @inline(__always)
    private mutating func lookUp(_ family: AddressFamily, _ packet: RawSpan) -> Bool {
        let place = Int(action.k) + Int(x & action.mask)
        guard let answer = unsafe AddressTable.look(family, table, packet, at: place) else { return false }
        set(a: answer)
        return true
    }

    /// Executes the loads, and tests of loaded numbers, that the common steps cannot. Returns false if the load
    /// fails.
    @inline(never)
    private mutating func load(_ packet: RawSpan, _ metadata: () -> PacketMetadata) -> Bool {
        let action = action
        let k = action.k
        let loaded: UInt32? =
            switch action.kind {
            case .loadExtension:
                Extension(rawValue: k).flatMap { metadata().value(of: $0, a: a, x: x, packet: packet) }
            case .loadOutside, .headerLengthOutside:
                packet.number(action.numberSize, atLinuxOffset: k, networkOffset: metadata().networkOffset)
            case .loadEarlyIndexed, .equalIndexed, .greaterIndexed, .greaterOrEqualIndexed, .anyBitIndexed,
                .anyOfIndexed, .amongIndexed, .loadIndexed:
                indexed(packet, metadata).map { $0 & action.mask }
            default: nil  // a number past the end, or a division by zero
            }
        guard let loaded else { return false }
        if action.kind == .headerLengthOutside {
            set(x: (loaded & 0xf) * 4)
            return true
        }
        a = loaded
        switch action.kind {
        case .equalIndexed: branch(loaded == k)
        case .greaterIndexed: branch(loaded > k)
        case .greaterOrEqualIndexed: branch(loaded >= k)
        case .anyBitIndexed: branch(loaded & k != 0)
        case .anyOfIndexed: branch(action.hasKey(loaded))
        case .amongIndexed: branch(among: loaded)
        default: goOn()
        }
        return true
    }

    /// Loads `[x+k]`. Linux takes the sum modulo 2^32 and interprets a high sum as a negative offset.
    private func indexed(_ packet: RawSpan, _ metadata: () -> PacketMetadata) -> UInt32? {
        let action = action
        let size = action.numberSize
        let offset = action.offset &+ 4 &- size.bytes
        guard action.wraps else { return packet.number(size, at: Int(x) + Int(offset)) }
        return packet.number(size, atLinuxOffset: x &+ offset, networkOffset: metadata().networkOffset)
    }
}

extension Action {
    fileprivate var numberSize: Size { size == 1 ? .byte : size == 2 ? .half : .word }
}
