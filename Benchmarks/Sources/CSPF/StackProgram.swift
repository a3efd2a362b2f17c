// CSPF: the filter machine that BPF replaced, as a baseline.
//
// The CMU/Stanford Packet Filter (Mogul, Rashid, Accetta 1987) evaluates a boolean expression on a stack of 16-bit words. An
// instruction is one such word: ten bits say what to push, six bits how to combine the two topmost words afterwards. The
// packet is accepted if in the end the top of the stack is not zero, or the stack is empty. There is no way to follow a
// header of variable length, which McCanne and Jacobson had to add before they could compare ("an indirection
// operator"); here it is `headerWord`. Values of actions and operators are those of enet.h.

/// What an instruction pushes first.
public enum Push: Equatable, Sendable {
    case nothing
    /// The next word of the program.
    case literal(UInt16)
    case zero
    /// The n-th 16-bit word of the packet.
    case word(Int)
    /// The n-th word behind the IPv4 header that starts at byte 14, wherever that header ends: the added operator.
    case headerWord(Int)

    var action: UInt16 {
        switch self {
        case .nothing: 0
        case .literal: 1
        case .zero: 2
        case .headerWord(let n): 8 + UInt16(n)
        case .word(let n): 16 + UInt16(n)
        }
    }
}

/// How an instruction combines the two topmost words.
public enum Combine: UInt16, Sendable {
    case nop = 0
    case eq, lt, le, gt, ge, and, or, xor
    /// These four compare for equality, leave nothing, and may end the program: with true if equal, with false if
    /// unequal, with false if equal, with true if unequal.
    case cor, cand, cnor, cnand
    case neq
}

/// A program of the stack machine.
public struct StackProgram: Equatable, Sendable {
    public private(set) var words: [UInt16] = []

    public init(_ instructions: [(Push, Combine)]) {
        for (push, combine) in instructions {
            words.append(combine.rawValue << 10 | push.action)
            if case .literal(let value) = push { words.append(value) }
        }
    }

    /// Whether the packet is accepted, and how many instructions it took.
    ///
    /// The stack is memory, as it was: that the machine has to simulate it is the first of its costs.
    public func run(_ packet: RawSpan) -> (accepts: Bool, executed: Int) {
        var stack = [32 of UInt16](repeating: 0)
        var (depth, pc, executed) = (0, 0, 0)
        while pc < words.count {
            let instruction = words[pc]
            pc += 1
            executed += 1
            switch instruction & 0x3ff {
            case 0: break
            case 1:
                stack[depth] = words[pc]
                (depth, pc) = (depth + 1, pc + 1)
            case 2:
                stack[depth] = 0
                depth += 1
            case let action:
                var offset = Int(action) * 2 - 32
                if action < 16 {
                    guard packet.byteCount > 14 else { return (false, executed) }
                    let header = unsafe packet.unsafeLoad(fromByteOffset: 14, as: UInt8.self)
                    offset = 14 + Int(header & 0xf) * 4 + (Int(action) - 8) * 2
                }
                guard offset + 2 <= packet.byteCount else { return (false, executed) }
                let word = unsafe packet.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
                stack[depth] = UInt16(bigEndian: word)
                depth += 1
            }
            let combine = Combine(rawValue: instruction >> 10) ?? .nop
            if combine == .nop { continue }
            let (left, right) = (stack[depth - 2], stack[depth - 1])
            depth -= 2
            let result: Bool
            switch combine {
            case .nop: continue
            case .cor:
                if left == right { return (true, executed) }
                continue
            case .cand:
                if left != right { return (false, executed) }
                continue
            case .cnor:
                if left == right { return (false, executed) }
                continue
            case .cnand:
                if left != right { return (true, executed) }
                continue
            case .and, .or, .xor:
                stack[depth] = combine == .and ? left & right : combine == .or ? left | right : left ^ right
                depth += 1
                continue
            case .eq: result = left == right
            case .neq: result = left != right
            case .lt: result = left < right
            case .le: result = left <= right
            case .gt: result = left > right
            case .ge: result = left >= right
            }
            stack[depth] = result ? 1 : 0
            depth += 1
        }
        return (depth == 0 || stack[depth - 1] != 0, executed)
    }
}
