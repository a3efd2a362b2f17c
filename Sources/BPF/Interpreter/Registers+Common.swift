// The common steps.
extension Registers {
    /// The outcome of a step. A step that was not done has not changed anything that `executeRare` depends on.
    enum Outcome { case done, verdict(UInt32), notDone }

    /// Executes the step if it is a common one and its load succeeds. Inlined into loops that call nothing else, so
    /// that all state stays in processor registers.
    @inline(__always)
    mutating func execute(_ packet: RawSpan, _ wireLength: UInt32) -> Outcome {
        let action = action
        let k = action.k
        switch action.kind {
        case .equalFixed: return test(number(of: packet, from: 0)) { $0 == k }
        case .greaterFixed: return test(number(of: packet, from: 0)) { $0 > k }
        case .greaterOrEqualFixed: return test(number(of: packet, from: 0)) { $0 >= k }
        case .anyBitFixed: return test(number(of: packet, from: 0)) { $0 & k != 0 }
        case .anyOfFixed: return test(number(of: packet, from: 0)) { action.hasKey($0) }
        case .amongFixed: return look(number(of: packet, from: 0))
        case .loadFixed: return load(number(of: packet, from: 0))

        case .equalIndexed: return test(number(of: packet, from: x)) { $0 == k }
        case .greaterIndexed: return test(number(of: packet, from: x)) { $0 > k }
        case .greaterOrEqualIndexed: return test(number(of: packet, from: x)) { $0 >= k }
        case .anyBitIndexed: return test(number(of: packet, from: x)) { $0 & k != 0 }
        case .anyOfIndexed: return test(number(of: packet, from: x)) { action.hasKey($0) }
        case .amongIndexed: return look(number(of: packet, from: x))
        case .loadIndexed: return load(number(of: packet, from: x))

        case .headerLength:
            guard loadHeaderLength(at: Int(k), of: packet) else { return .notDone }
            goOn()
        case .equalBehind: return test(numberBehindHeader(of: packet)) { $0 == k }
        case .anyOfBehind: return test(numberBehindHeader(of: packet)) { action.hasKey($0) }
        case .amongBehind: return look(numberBehindHeader(of: packet))

        case .equal: branch(a == k)
        case .greater: branch(a > k)
        case .greaterOrEqual: branch(a >= k)
        case .anyBit: branch(a & k != 0)
        case .equalX: branch(a == x)
        case .greaterX: branch(a > x)
        case .greaterOrEqualX: branch(a >= x)
        case .anyBitX: branch(a & x != 0)
        case .anyOf: branch(action.hasKey(a))
        case .among: branch(among: a)
        case .isLong: branch(packet.byteCount >= Int(k))

        case .loadLengthA: set(a: wireLength)
        case .loadA: set(a: k)
        case .loadX: set(x: k)
        case .transferToX: set(x: a)
        case .transferToA: set(a: x)
        case .add: set(a: a &+ k)
        case .and: set(a: a & k)
        case .or: set(a: a | k)
        case .shiftLeft: set(a: a &<< k)
        case .shiftRight: set(a: a &>> k)
        case .addX: set(a: a &+ x)
        case .subtractX: set(a: a &- x)

        case .jump: jump()
        case .verdict: return .verdict(k)
        case .returnA: return .verdict(a)
        // Listed one by one, so that the jump table of the switch covers every kind and needs no range check.
        case .loadOutside, .loadEarlyIndexed, .headerLengthOutside, .loadExtension, .loadLengthX, .loadScratchA,
            .loadScratchX, .storeA, .storeX, .negate, .multiply, .divide, .modulo, .xor, .multiplyX, .divideX, .moduloX,
            .andX, .orX, .xorX, .shiftLeftX, .shiftRightX, .shiftLeftXOrZero, .shiftRightXOrZero, .drop,
            .lookUpIPv4, .lookUpIPv6, .isPresent, .accept, .acceptA, .call:
            return .notDone
        }
        return .done
    }

    /// Loads a number and branches on its test.
    @inline(__always)
    private mutating func test(_ number: UInt32?, _ holds: (UInt32) -> Bool) -> Outcome {
        guard let number else { return .notDone }
        a = number
        branch(holds(number))
        return .done
    }

    /// Loads a number and branches by the step's table.
    @inline(__always)
    private mutating func look(_ number: UInt32?) -> Outcome {
        guard let number else { return .notDone }
        a = number
        branch(among: number)
        return .done
    }

    @inline(__always)
    private mutating func load(_ number: UInt32?) -> Outcome {
        guard let number else { return .notDone }
        set(a: number)
        return .done
    }

    @inline(__always)
    private mutating func numberBehindHeader(of packet: RawSpan) -> UInt32? {
        loadHeaderLength(at: Int(action.header), of: packet) ? number(of: packet, from: x) : nil
    }
}
