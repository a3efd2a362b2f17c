extension TapRule {
    /// Bytes of a thread's stack.
    package static let threadStack = 8 << 20
    /// Bytes of memory that every tap leaves for clients: the runtime ends the process if it gets no memory.
    package static let spareMemory = 32 << 20

    /// Address space that the tap of one worker needs besides its ring, in bytes: its buffers, the stacks of its
    /// threads, and what it leaves for clients.
    package var memoryBesidesRing: Int {
        captures.reduce(TapRule.threadStack + TapRule.spareMemory) { sum, capture in
            sum + capture.rule.buffers.size * capture.rule.buffers.count + TapRule.threadStack
        }
    }
}
