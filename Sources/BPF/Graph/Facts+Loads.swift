// Loads that fail end the program. So an operation that may fail can be neither dropped nor skipped, though nobody wants its
// value; and one that was executed tells something about the packet.

extension Facts {
    /// Whether an operation may end the program here.
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

    /// Whether a load surely ends the program here.
    func mustFail(_ operation: Operation, _ values: inout Values) -> Bool {
        switch operation {
        case .loadPacket(_, let k), .loadHeaderLength(let k):
            operation.end(at: k).map { range(of: values.captured(), values).upperBound < $0 } ?? false
        default: false
        }
    }

    /// Learns what follows from an operation that did not fail. `registers` are those before it.
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
    /// Whether A is the verdict where this operation ends the program.
    var endsWithA: Bool {
        switch self {
        case .loadExtension(.ifidx, _), .loadExtension(.hatype, _): true
        default: false
        }
    }

    /// How many bytes a packet must have for a load at `offset` to succeed; nil for an offset that does not count from the
    /// packet's first byte.
    func end(at offset: UInt32) -> UInt32? {
        guard offset < 0x8000_0000 else { return nil }
        switch self {
        case .loadPacket(let size, _), .loadPacketIndexed(let size, _): return offset + size.bytes
        case .loadHeaderLength: return offset + 1
        default: return nil
        }
    }
}
