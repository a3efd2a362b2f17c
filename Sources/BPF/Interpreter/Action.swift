/// What one step of the `Interpreter` does: an operation, or several that programs always write together.
///
/// A packet number of any size is read as the four bytes that end where it ends, and masked: `ldb [23]` is the word at 20 and
/// the mask 0xff, and `and #0x0f` after it only makes the mask smaller. So one comparison with the packet's length, one load
/// and one mask serve all sizes. (Numbers that end before byte 4 have no such word: the `early` kinds.)
@usableFromInline struct Action {
    /// `anyOf`: the constants of four comparisons. They come first, so that a step has 64 bytes, a line of the cache.
    @usableFromInline var keys = SIMD4<UInt32>()
    @usableFromInline var kind: Kind
    /// Loads: the number's size in bytes, as the program wrote it.
    @usableFromInline var size: UInt8 = 0
    /// `among`: how far the hash is shifted.
    @usableFromInline var shift: UInt8 = 0
    /// Tests: on which outcome they go on with the next step in memory.
    @usableFromInline var falls = false
    /// The `behind` kinds: where the header begins.
    @usableFromInline var header: UInt8 = 0
    /// Loads counted from X: whether the sum is taken modulo 2^32, as Linux does; if not, a sum beyond drops the packet.
    @usableFromInline var wraps = false
    /// Loads: where the word begins, counted from the packet's first byte or from X. `accept`, `call`: which program.
    @usableFromInline var offset: UInt32 = 0
    @usableFromInline var mask: UInt32 = .max
    /// The operation's constant.
    @usableFromInline var k: UInt32 = 0

    init(_ kind: Kind, size: Size = .word, k: UInt32 = 0) {
        self.kind = kind
        self.size = UInt8(size.bytes)
        self.k = k
    }

    @usableFromInline enum Kind: UInt8 {
        // Load a number from a fixed place into A, then compare it with k, look it up in a table, or just keep it.
        case equalFixed, greaterFixed, greaterOrEqualFixed, anyBitFixed, anyOfFixed, amongFixed, loadFixed
        // Compare what is in A.
        case equal, greater, greaterOrEqual, anyBit, anyOf, among
        case jump
        // The end: the verdict is in k.
        case verdict
        // The first row once more, at places counted from X, and what X mostly is.
        case equalIndexed, greaterIndexed, greaterOrEqualIndexed, anyBitIndexed, anyOfIndexed, amongIndexed, loadIndexed
        case headerLength
        // Both at once: set X, then compare a number counted from it.
        case equalBehind, anyOfBehind, amongBehind
        // The rest of what programs commonly do.
        case equalX, greaterX, greaterOrEqualX, anyBitX
        case loadLengthA, loadA, loadX, transferToX, transferToA, returnA
        case add, and, or, shiftLeft, shiftRight, addX, subtractX
        // What they do rarely. `outside` is a number at a negative offset, `early` one that ends before byte 4.
        case loadOutside, loadEarlyIndexed, headerLengthOutside, loadExtension, loadLengthX
        case loadScratchA, loadScratchX, storeA, storeX
        case negate, multiply, divide, modulo, xor, multiplyX, divideX, moduloX, andX, orX, xorX
        case shiftLeftX, shiftRightX, shiftLeftXOrZero, shiftRightXOrZero
        case drop
        // Look the address at k up in a list, or with a mask of ones at X + k.
        case lookUpIPv4, lookUpIPv6
        // What classifiers do: tests of what is there of the packet; a verdict on one of their programs, and going to the steps
        // of one alone, until its verdict.
        case isLong, isPresent
        case accept, acceptA, call

        /// Whether what comes next is always where the step points to.
        var jumps: Bool { self == .jump || self == .accept || self == .acceptA }
    }

    /// For an `among` action with four numbers at most, or fewer: the test whether its number is any of them, all at once.
    func anyOf(_ numbers: [UInt32]) -> Action? {
        guard let first = numbers.first, numbers.count <= 4 else { return nil }
        var action = self
        switch kind {
        case .amongFixed: action.kind = .anyOfFixed
        case .amongIndexed: action.kind = .anyOfIndexed
        default: action.kind = .anyOf
        }
        action.keys = SIMD4(repeating: first)
        for (lane, number) in numbers.enumerated() { action.keys[lane] = number }
        return action
    }

    /// `anyOf`: whether the number is one of the four.
    @inline(__always) func hasKey(_ number: UInt32) -> Bool { any(keys .== SIMD4(repeating: number)) }

    /// The same test right after `ldx 4*([k]&0xf)`, together with it.
    func behind(_ header: UInt8) -> Action {
        var action = self
        switch kind {
        case .equalIndexed: action.kind = .equalBehind
        case .amongIndexed: action.kind = .amongBehind
        default: action.kind = .anyOfBehind
        }
        action.header = header
        return action
    }
}
