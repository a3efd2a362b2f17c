/// What one step of the `Interpreter` does: an operation, or several that programs always write together.
///
/// A packet number of any size is read as the four bytes that end where it ends, and masked: `ldb [23]` is the word at 20 and
/// the mask 0xff, and `and #0x0f` after it only makes the mask smaller. So one comparison with the packet's length, one load
/// and one mask serve all sizes. (Numbers that end before byte 4 have no such word: the `early` kinds.)
struct Action {
    var kind: Kind
    /// Loads: the number's size in bytes, as the program wrote it.
    var size: UInt8 = 0
    /// `among`: how far the hash is shifted.
    var shift: UInt8 = 0
    /// Tests: on which outcome they go on with the next step in memory.
    var falls = false
    /// Loads: where the word begins, counted from the packet's first byte or from X.
    var offset: UInt32 = 0
    var mask: UInt32 = .max
    /// The operation's constant.
    var k: UInt32 = 0

    init(_ kind: Kind, size: Size = .word, k: UInt32 = 0) {
        self.kind = kind
        self.size = UInt8(size.bytes)
        self.k = k
    }

    enum Kind: UInt8 {
        // Load a number from a fixed place into A, then compare it with k, look it up in a table, or just keep it.
        case equalFixed, greaterFixed, greaterOrEqualFixed, anyBitFixed, amongFixed, loadFixed
        // The same at a place counted from X, and what X mostly is.
        case equalIndexed, greaterIndexed, greaterOrEqualIndexed, anyBitIndexed, amongIndexed, loadIndexed
        case headerLength
        // Compare what is in A.
        case equal, greater, greaterOrEqual, anyBit, among
        case jump
        // The end: the verdict is in k.
        case verdict
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

    /// Whether this is a test, or the length of a header. Programs of nothing else are most of all programs; in them X is 60 at
    /// most, so that `[x+k]` never wraps.
    var isPlain: Bool {
        switch kind {
        case .equalIndexed, .greaterIndexed, .greaterOrEqualIndexed, .anyBitIndexed, .amongIndexed, .loadIndexed:
            offset < 0x7fff_0000
        default: kind.rawValue <= Kind.verdict.rawValue
        }
    }
}
