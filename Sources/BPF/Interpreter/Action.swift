/// What one step of the `Interpreter` does: one operation, or several that usually occur together.
///
/// A packet number of any size is read as the four bytes that end where it ends, and then masked. `ldb [23]` is the
/// word at 20 with the mask 0xff, and a following `and #0x0f` only narrows the mask. So one length check, one load
/// and one mask serve all sizes. Numbers that end before byte 4 have no such word; the `early` kinds load them.
@usableFromInline struct Action {
    /// `anyOf`: the constants of four comparisons. They come first so that a step fills exactly one 64-byte cache
    /// line.
    @usableFromInline var keys = SIMD4<UInt32>()
    @usableFromInline var kind: Kind
    /// Loads: the size of the number in bytes, as in the program.
    @usableFromInline var size: UInt8 = 0
    /// `among`: the shift of the hash.
    @usableFromInline var shift: UInt8 = 0
    /// Tests: the outcome on which control falls through to the next step in memory.
    @usableFromInline var falls = false
    /// The `behind` kinds: the offset of the header.
    @usableFromInline var header: UInt8 = 0
    /// Loads relative to X: whether the sum wraps around modulo 2^32, as in Linux. If not, a sum past the end drops
    /// the packet.
    @usableFromInline var wraps = false
    /// Loads: the offset of the word from the start of the packet or from X. `accept`, `call`: the program.
    @usableFromInline var offset: UInt32 = 0
    @usableFromInline var mask: UInt32 = .max
    /// The constant of the operation.
    @usableFromInline var k: UInt32 = 0

    init(_ kind: Kind, size: Size = .word, k: UInt32 = 0) {
        self.kind = kind
        self.size = UInt8(size.bytes)
        self.k = k
    }

    @usableFromInline enum Kind: UInt8 {
        // Load a number at a fixed offset into A, then compare it with k, look it up in a table, or only keep it.
        case equalFixed, greaterFixed, greaterOrEqualFixed, anyBitFixed, anyOfFixed, amongFixed, loadFixed
        // Compare the number in A.
        case equal, greater, greaterOrEqual, anyBit, anyOf, among
        case jump
        // The end: k is the verdict.
        case verdict
        // The kinds of the first row at offsets from X, and the usual value of X.
        case equalIndexed, greaterIndexed, greaterOrEqualIndexed, anyBitIndexed, anyOfIndexed, amongIndexed, loadIndexed
        case headerLength
        // Both at once: set X, then compare a number at an offset from it.
        case equalBehind, anyOfBehind, amongBehind
        // The other common steps.
        case equalX, greaterX, greaterOrEqualX, anyBitX
        case loadLengthA, loadA, loadX, transferToX, transferToA, returnA
        case add, and, or, shiftLeft, shiftRight, addX, subtractX
        // Rare steps. `outside` is a number at a negative offset, `early` one that ends before byte 4.
        case loadOutside, loadEarlyIndexed, headerLengthOutside, loadExtension, loadLengthX
        case loadScratchA, loadScratchX, storeA, storeX
        case negate, multiply, divide, modulo, xor, multiplyX, divideX, moduloX, andX, orX, xorX
        case shiftLeftX, shiftRightX, shiftLeftXOrZero, shiftRightXOrZero
        case drop
        // Look up the address at k, or at X + k if the mask is all ones.
        case lookUpIPv4, lookUpIPv6
        // Classifier steps: tests whether data is present in the packet, a verdict on one program, and a call of the
        // steps of one program, up to its verdict.
        case isLong, isPresent
        case accept, acceptA, call

        /// Whether control always continues at the step's target.
        var jumps: Bool { self == .jump || self == .accept || self == .acceptA }
    }

    /// For an `among` action with at most four numbers: one test against all of them at once. Nil for no number or
    /// more than four.
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

    /// The same test fused with the `ldx 4*([k]&0xf)` right before it.
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
