/// The kernel's rules for classic programs, in the kernel's order (Linux 6.1, net/core/filter.c: bpf_check_basics_ok,
/// bpf_check_classic, check_load_and_stores).
///
/// Some refusals are made of no rule, as they come after the check, in the translation to eBPF: a conditional jump over more than
/// 32767 eBPF instructions does not fit ("jump over MSH" in the kernel's test suite), and the whole may exceed what the kernel
/// gives a socket or a translated program. `KernelTranslation` tells how large programs get.
struct Verifier {
    let operations: [Operation]
    let dialect: Dialect
    /// What `lookUp` may name. A kernel has none.
    var lists: [ListUse] = []

    func check() throws(VerifierError) {
        guard !operations.isEmpty else { throw VerifierError(instruction: nil, reason: .empty) }
        guard operations.count <= Program.maximumLength else {
            throw VerifierError(instruction: nil, reason: .tooLong(count: operations.count))
        }
        for (index, operation) in operations.enumerated() {
            if let reason = mistake(in: operation, at: index) {
                throw VerifierError(instruction: index, reason: reason)
            }
        }
        switch operations[operations.count - 1] {
        case .returnConstant, .returnAccumulator: break
        default: throw VerifierError(instruction: operations.count - 1, reason: .endsWithoutReturn)
        }
        if dialect == .linux { try checkScratch() }
    }

    /// What is wrong with one instruction, by itself.
    private func mistake(in operation: Operation, at index: Int) -> VerifierError.Reason? {
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

    /// Each scratch word must be stored before it is loaded, on every path: programs cannot read what a kernel's stack holds.
    /// As jumps go forward only, one pass in order sees every way into an instruction before the instruction.
    private func checkScratch() throws(VerifierError) {
        /// The words stored on every jump into an instruction, one bit each.
        var arriving = [UInt16](repeating: .max, count: operations.count)
        /// And on the way through the instructions so far. After a jump that way is closed, and so knows all words.
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
