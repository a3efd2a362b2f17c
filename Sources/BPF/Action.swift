/// What one step of the `Interpreter` does: an operation, or several that programs always write together.
///
/// A packet number of any size is read as the four bytes that end where it ends, and masked: `ldb [23]` is the word at 20 and
/// the mask 0xff, and `and #0x0f` after it only makes the mask smaller. So one comparison with the packet's length, one load
/// and one mask serve all sizes. (Numbers that end before byte 4 have no such word: the `early` kinds.)
struct Action {
    var kind: Kind
    /// Loads: the number's size in bytes, as the program wrote it.
    var size: UInt8 = 0
    /// `among`: how far the hash is shifted. The `behind` kinds: where the header begins.
    var shift: UInt8 = 0
    /// Tests: on which outcome they go on with the next step in memory.
    var falls = false
    /// Loads: where the word begins, counted from the packet's first byte or from X.
    var offset: UInt32 = 0
    var mask: UInt32 = .max
    /// The operation's constant.
    var k: UInt32 = 0
    /// `anyOf`: the constants of four comparisons.
    var keys = SIMD4<UInt32>()

    init(_ kind: Kind, size: Size = .word, k: UInt32 = 0) {
        self.kind = kind
        self.size = UInt8(size.bytes)
        self.k = k
    }

    enum Kind: UInt8 {
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
        case equalBehind, anyOfBehind
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

    /// The same test right after `ldx 4*([k]&0xf)`, together with it.
    func behind(_ header: UInt8) -> Action {
        var action = self
        action.kind = kind == .equalIndexed ? .equalBehind : .anyOfBehind
        action.shift = header
        return action
    }

    /// The smallest set of actions that this one is in.
    var reach: Reach {
        switch kind {
        case .equalIndexed, .greaterIndexed, .greaterOrEqualIndexed, .anyBitIndexed, .anyOfIndexed, .amongIndexed,
            .loadIndexed:
            offset < 0x7fff_0000 ? .headers : .everything
        case .headerLength, .equalBehind, .anyOfBehind: .headers
        default: kind.rawValue <= Kind.verdict.rawValue ? .fixed : .everything
        }
    }

    /// What a program consists of, which decides by which loop it runs.
    enum Reach: Int, Comparable {
        /// Tests at fixed places.
        case fixed
        /// Also tests at places counted from the end of a header. As nothing else sets X, it is 60 at most: `[x+k]` never wraps.
        case headers
        case everything

        static func < (left: Reach, right: Reach) -> Bool { left.rawValue < right.rawValue }
    }
}
