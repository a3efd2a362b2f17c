extension StackProgram {
    /// Whether the program accepts the packet.
    public func accepts(_ packet: RawSpan) -> Bool { run(packet).accepts }

    /// The number of instructions executed until the result is known.
    public func instructionCount(_ packet: RawSpan) -> Int { instructionCount(before: run(packet).end) }

    /// Whether the program accepts the packet, and the position in `words` where the result is known.
    ///
    /// A load beyond the end of the packet rejects it. This is as fast as a plain interpreter can be: the initializer
    /// has made every check except for those of the packet's length.
    private func run(_ packet: RawSpan) -> (accepts: Bool, end: Int) {
        var stack = Stack()
        let words = words.span
        var pc = 0
        while pc < words.count {
            let instruction = unsafe words[unchecked: pc]
            pc += 1
            switch instruction & 0x3ff {
            case 0: break
            case 1:
                stack.push(unsafe words[unchecked: pc])
                pc += 1
            case 2: stack.push(0)
            case let action:
                guard let word = packet.word(action) else { return (false, pc) }
                stack.push(word)
            }
            switch Combine(rawValue: instruction >> 10) {
            case .nop, nil: break
            case .eq: stack.combine { $0 == $1 ? 1 : 0 }
            case .neq: stack.combine { $0 != $1 ? 1 : 0 }
            case .lt: stack.combine { $0 < $1 ? 1 : 0 }
            case .le: stack.combine { $0 <= $1 ? 1 : 0 }
            case .gt: stack.combine { $0 > $1 ? 1 : 0 }
            case .ge: stack.combine { $0 >= $1 ? 1 : 0 }
            case .and: stack.combine { $0 & $1 }
            case .or: stack.combine { $0 | $1 }
            case .xor: stack.combine { $0 ^ $1 }
            case .cor: if stack.popTwoEqual() { return (true, pc) }
            case .cand: if !stack.popTwoEqual() { return (false, pc) }
            case .cnor: if stack.popTwoEqual() { return (false, pc) }
            case .cnand: if !stack.popTwoEqual() { return (true, pc) }
            }
        }
        return (stack.accepts, pc)
    }
}

/// The operand stack. It is in memory; simulating it is the first cost of the machine (section 3.1).
private struct Stack {
    private var words: [32 of UInt16] = .init(repeating: 0)  // StackProgram.stackDepth
    private var depth = 0

    var accepts: Bool { depth == 0 || words[depth - 1] != 0 }

    @inline(__always) mutating func push(_ word: UInt16) {
        unsafe words[unchecked: depth] = word
        depth += 1
    }

    @inline(__always) mutating func pop() -> UInt16 {
        depth -= 1
        return unsafe words[unchecked: depth]
    }

    @inline(__always) mutating func combine(_ operation: (UInt16, UInt16) -> UInt16) {
        let right = pop()
        push(operation(pop(), right))
    }

    @inline(__always) mutating func popTwoEqual() -> Bool { pop() == pop() }
}

extension RawSpan {
    /// The word of an action from `Push.firstHeaderWord` on; nil if it is beyond the end of the packet.
    @inline(__always) fileprivate func word(_ action: UInt16) -> UInt16? {
        if action >= Push.firstWord { return word(at: Int(action - Push.firstWord) * 2) }
        guard byteCount > 14 else { return nil }
        let header = unsafe unsafeLoad(fromUncheckedByteOffset: 14, as: UInt8.self)
        return word(at: 14 + Int(header & 0xf) * 4 + Int(action - Push.firstHeaderWord) * 2)
    }

    @inline(__always) private func word(at offset: Int) -> UInt16? {
        guard offset + 2 <= byteCount else { return nil }
        return UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self))
    }
}
