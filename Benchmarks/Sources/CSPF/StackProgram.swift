// CSPF: the filter machine that BPF replaced, as a baseline.
//
// The CMU/Stanford Packet Filter (Mogul, Rashid and Accetta, 1987) evaluates a boolean expression on a stack of 16-bit
// words. An instruction is one such word: ten bits select the word to push, and six bits the operator for the two
// topmost words afterwards. The program accepts the packet if the top of the stack is not zero at the end, or the
// stack is empty. CSPF cannot skip a header of variable length, so McCanne and Jacobson added "an indirection
// operator" for their comparison; here it is `Push.headerWord`. The numbers of actions and operators are those of
// enet.h.

/// A program of the stack machine. It has no jumps, so the required depth of the stack is known before execution.
public struct StackProgram: Equatable, Sendable {
    /// Capacity of the stack in words.
    static let stackDepth = 32

    /// The instructions, 16 bits each. A literal takes the word after its instruction.
    let words: [UInt16]

    /// Creates a program. Traps if it underflows or overflows the stack, or loads a word of the packet that no action
    /// encodes.
    public init(_ instructions: [StackInstruction]) {
        var words: [UInt16] = []
        var depth = 0
        for instruction in instructions {
            precondition(instruction.push.isKnown, "no action means this word of the packet")
            words.append(instruction.combine.rawValue << 10 | instruction.push.action)
            if case .literal(let value) = instruction.push { words.append(value) }
            depth += instruction.push == .nothing ? 0 : 1
            precondition(depth <= StackProgram.stackDepth, "the stack overflows")
            precondition(depth >= instruction.combine.consumed, "the stack is empty")
            depth += instruction.combine.produced - instruction.combine.consumed
        }
        self.words = words
    }

    /// The number of instructions that end at or before a position in `words`.
    func instructionCount(before end: Int) -> Int {
        var (count, place) = (0, 0)
        while place < end {
            place += words[place] & 0x3ff == Push.literal(0).action ? 2 : 1
            count += 1
        }
        return count
    }
}

/// One instruction: it pushes a word, then applies an operator.
public struct StackInstruction: Equatable, Sendable {
    let push: Push
    let combine: Combine

    public static func push(_ push: Push, then combine: Combine = .nop) -> StackInstruction {
        StackInstruction(push: push, combine: combine)
    }

    public static func apply(_ combine: Combine) -> StackInstruction {
        StackInstruction(push: .nothing, combine: combine)
    }
}

/// The word that an instruction pushes.
public enum Push: Equatable, Sendable {
    case nothing
    /// The next word of the program.
    case literal(UInt16)
    case zero
    /// The n-th 16-bit word of the packet.
    case word(UInt16)
    /// One of the first eight words after the IPv4 header that starts at byte 14, wherever it ends: the added
    /// operator.
    case headerWord(UInt16)

    var action: UInt16 {
        switch self {
        case .nothing: 0
        case .literal: 1
        case .zero: 2
        case .headerWord(let n): Push.firstHeaderWord + n
        case .word(let n): Push.firstWord + n
        }
    }

    /// Whether the ten bits of an action can encode it.
    var isKnown: Bool {
        switch self {
        case .nothing, .literal, .zero: true
        case .headerWord(let n): n < Push.firstWord - Push.firstHeaderWord
        case .word(let n): n < (1 << 10) - Push.firstWord
        }
    }

    /// Unused in enet.h; Sun's later actions end below it.
    static let firstHeaderWord: UInt16 = 8
    static let firstWord: UInt16 = 16
}

/// The operator for the two topmost words.
public enum Combine: UInt16, Sendable {
    case nop = 0
    case eq, lt, le, gt, ge, and, or, xor
    /// These four operators compare for equality and leave nothing. They can end the program: with true if equal, with
    /// false if unequal, with false if equal, with true if unequal.
    case cor, cand, cnor, cnand
    case neq

    var consumed: Int { self == .nop ? 0 : 2 }

    var produced: Int {
        switch self {
        case .nop, .cor, .cand, .cnor, .cnand: 0
        case .eq, .lt, .le, .gt, .ge, .and, .or, .xor, .neq: 1
        }
    }
}
