/// The kernel's rules for classic BPF programs, in the order of its checks (Linux 6.1, net/core/filter.c:
/// bpf_check_basics_ok, bpf_check_classic, check_load_and_stores).
///
/// The kernel may also reject a program that follows these rules, when it translates it to eBPF. A conditional jump
/// over more than 32767 eBPF instructions does not fit ("jump over MSH" in the kernel's test suite), and the
/// translation may exceed the memory for a socket or a program. `KernelTranslation` estimates its size.
struct Verifier {
    let operations: [Operation]
    let dialect: Dialect
    /// The lists that `lookUp` may refer to. A kernel program has none.
    var lists: [ListUse] = []

    func check() throws(VerifierError) {
        guard !operations.isEmpty else { throw VerifierError(instruction: nil, reason: .empty) }
        guard operations.count <= Program.maximumLength else {
            throw VerifierError(instruction: nil, reason: .tooLong(count: operations.count))
        }
        for (index, operation) in operations.enumerated() {
            if let reason = violation(in: operation, at: index) {
                throw VerifierError(instruction: index, reason: reason)
            }
        }
        switch operations[operations.count - 1] {
        case .returnConstant, .returnAccumulator: break
        default: throw VerifierError(instruction: operations.count - 1, reason: .endsWithoutReturn)
        }
        if dialect == .linux { try checkScratch() }
    }

    /// What is wrong with a single instruction; nil if nothing is.
    private func violation(in operation: Operation, at index: Int) -> VerifierError.Reason? {
        switch operation {
        case .unknown(let instruction):
            return .unknownOpcode(instruction.opcode)
        case .lookUp(let family, let list, let k, _)
        where list >= lists.count || lists[Int(list)].table.family != family || k >= 0x8000_0000:
            return .unknownOpcode(operation.instruction.opcode)
        case .arithmetic(.divide, .k(0)), .arithmetic(.modulo, .k(0)):
            return .divisionByZero
        case .arithmetic(.shiftLeft, .k(let k)) where k >= 32, .arithmetic(.shiftRight, .k(let k)) where k >= 32:
            return .shift(by: k)
        case .loadScratch(_, let k) where k >= 16, .store(_, let k) where k >= 16:
            return .scratchOutOfRange(k)
        case .loadPacket(_, let k) where k >= Extension.base && dialect == .linux:
            return .unknownExtension(offset: k)
        case .jump(let k):
            if operation.instruction.jumpsBack { return .jumpsBack }
            return pastEnd(index, UInt64(k))
        case .branch(_, _, let jt, let jf):
            return pastEnd(index, UInt64(jt)) ?? pastEnd(index, UInt64(jf))
        default:
            return nil
        }
    }

    private func pastEnd(_ index: Int, _ distance: UInt64) -> VerifierError.Reason? {
        let target = UInt64(index) + 1 + distance
        return target < UInt64(operations.count) ? nil : .jumpPastEnd(target: target)
    }

    /// Checks that each scratch word is stored before it is loaded, on every path, so that a program cannot read the
    /// kernel's stack.
    ///
    /// All jumps lead forward, so a single pass sees every path into an instruction before the instruction itself.
    private func checkScratch() throws(VerifierError) {
        /// The words stored on all jumps into each instruction, as a bit mask.
        var arriving = [UInt16](repeating: .max, count: operations.count)
        /// The words stored on the fall-through path. After a jump there is none, so the mask is all ones.
        var stored: UInt16 = 0
        for (index, operation) in operations.enumerated() {
            stored &= arriving[index]
            switch operation {
            case .store(_, let k):
                stored |= 1 << k
            case .loadScratch(_, let k) where stored & 1 << k == 0:
                throw VerifierError(instruction: index, reason: .scratchNotStored(k))
            case .jump(let k):
                arriving[index + 1 + Int(k)] &= stored
                stored = .max
            case .branch(_, _, let jt, let jf):
                arriving[index + 1 + Int(jt)] &= stored
                arriving[index + 1 + Int(jf)] &= stored
                stored = .max
            default:
                break
            }
        }
    }
}
