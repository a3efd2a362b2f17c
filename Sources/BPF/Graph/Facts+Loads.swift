// A load that fails ends the program. So an operation that may fail must not be removed or skipped, even if its
// result is unused. An operation that was executed, in turn, implies facts about the packet.

extension Facts {
    /// Whether an operation may end the program at this point.
    func mayFail(_ operation: Operation, _ registers: RegisterValues, _ values: inout Values) -> Bool {
        switch operation {
        case .loadPacket(_, let k), .loadHeaderLength(let k):
            if let end = operation.end(at: k), range(of: values.captured(), values).lowerBound >= end { return false }
        case .loadPacketIndexed(_, let k):
            let offset = values.constant(registers.x).flatMap { values.fixedOffset($0, k) }
            if let end = offset.flatMap({ operation.end(at: $0) }),
                range(of: values.captured(), values).lowerBound >= end
            {
                return false
            }
        case .loadExtension(.ifidx, _), .loadExtension(.hatype, _), .lookUp:
            break
        case .loadExtension:
            if values.dialect == .linux { return false }
        case .arithmetic(.divide, .x), .arithmetic(.modulo, .x):
            return range(of: registers.x, values).lowerBound == 0
        default:
            return false
        }
        guard let (_, value) = registers.result(of: operation, &values) else { return false }
        return !isLoaded(value)
    }

    /// Whether a load is certain to end the program at this point.
    func mustFail(_ operation: Operation, _ values: inout Values) -> Bool {
        switch operation {
        case .loadPacket(_, let k), .loadHeaderLength(let k):
            operation.end(at: k).map { range(of: values.captured(), values).upperBound < $0 } ?? false
        default: false
        }
    }

    /// Learns what the success of an operation implies. `registers` are the values before the operation.
    mutating func learn(_ operation: Operation, _ registers: RegisterValues, _ values: inout Values) {
        switch operation {
        case .loadPacket(_, let k), .loadHeaderLength(let k):
            if let end = operation.end(at: k) { learn(values.captured(), isAtLeast: end, values) }
        case .loadPacketIndexed, .loadExtension, .lookUp:
            break
        case .arithmetic(.divide, .x), .arithmetic(.modulo, .x):
            return learn(registers.x, isAtLeast: 1, values)
        default:
            return
        }
        if let (_, value) = registers.result(of: operation, &values) { learnLoaded(value) }
    }
}

extension Operation {
    /// Whether A is the verdict if this operation ends the program.
    var endsWithA: Bool {
        switch self {
        case .loadExtension(.ifidx, _), .loadExtension(.hatype, _): true
        default: false
        }
    }

    /// The packet length, in bytes, that a load at `offset` requires; nil for an offset that does not count from the
    /// first byte.
    func end(at offset: UInt32) -> UInt32? {
        guard offset < 0x8000_0000 else { return nil }
        switch self {
        case .loadPacket(let size, _), .loadPacketIndexed(let size, _): return offset + size.bytes
        case .loadHeaderLength: return offset + 1
        default: return nil
        }
    }
}
