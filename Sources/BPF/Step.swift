/// One step of the `Interpreter`: an operation, or several that programs always write together, in 20 bytes.
///
/// A packet number of any size is read as the four bytes that end where it ends, and masked: `ldb [23]` is the word at 20 and
/// the mask 0xff, and `and #0x0f` after it only makes the mask smaller. So one comparison with the packet's length, one load
/// and one mask serve all sizes. (Numbers that end before byte 4 have no such word: the `early` kinds.)
struct Step {
    var kind: Kind
    /// Indexed loads: in bytes, what the program wrote. `among`: how far the hash is shifted.
    var size: UInt8 = 0
    var shift: UInt8 = 0
    /// The step after this one: when the test holds, and for steps without a test.
    var next: UInt16 = 0
    /// And when the test does not hold.
    var otherwise: UInt16 = 0
    var offset: UInt32 = 0
    var mask: UInt32 = .max
    /// The operation's constant; for `among`, where its table begins in the slots.
    var k: UInt32 = 0

    init(_ kind: Kind) { self.kind = kind }

    enum Kind: UInt8 {
        // Load a number from the packet into A and compare it with k, or look it up in a table.
        case equalFixed, greaterFixed, greaterOrEqualFixed, anyBitFixed, amongFixed
        case equalIndexed, greaterIndexed, greaterOrEqualIndexed, anyBitIndexed, amongIndexed
        // Compare what is in A.
        case equal, greater, greaterOrEqual, anyBit, among
        case equalX, greaterX, greaterOrEqualX, anyBitX
        // Loads from the packet. `outside` is what only the checked, slow way can load; `early`, see above.
        case loadFixed, loadIndexed, loadOutside, loadEarlyIndexed, headerLength, headerLengthOutside
        case loadExtension, loadLengthA, loadLengthX
        case loadA, loadX, loadScratchA, loadScratchX, storeA, storeX, clearScratch
        case transferToX, transferToA, negate
        case add, multiply, divide, modulo, and, or, xor, shiftLeft, shiftRight
        case addX, subtractX, multiplyX, divideX, moduloX, andX, orX, xorX
        case shiftLeftX, shiftRightX, shiftLeftXOrZero, shiftRightXOrZero
        case drop, returnA
        // Not executed: standing at the end, it holds the verdict in k.
        case verdict
    }
}

/// One place of a hash table with open addressing: the step that follows when a number equals `key`. An empty place leads
/// to where a number goes that is in no other place.
struct Slot {
    var key: UInt32
    var next: UInt16
    var isEmpty: Bool
}

extension Slot {
    /// Where the search for a number begins in a table of 2^(32 - shift) places. The factor is 2^32 divided by the golden
    /// ratio, which spreads neighbours, such as the addresses of a network, far from each other (Knuth, volume 3, 6.4).
    @inline(__always) static func place(of number: UInt32, shift: UInt8) -> Int {
        Int((number &* 0x9e37_79b1) &>> UInt32(shift))
    }
}
