/// One step of a classifier. Numbers computed for a packet stand in slots; places are steps.
///
/// Nearly all packets are decided by five kinds: is the packet long enough, is the place after a header in it, load a number
/// from a fixed place or from after a header and look it up in a table, and the end. So loads and tests are one step there.
struct ClassifierStep {
    enum Kind: UInt8 {
        // slots[target] <- ...
        case constant, length, captured, fixed, indexed, present, headerLength, `extension`
        case arithmeticConstant, arithmetic, negate
        // tests of slots[left] with k, of slots[left] with slots[other]
        case equal, greater, greaterOrEqual, anyBit
        case equalSlots, greaterSlots, greaterOrEqualSlots, anyBitSlots
        // slots[target] <- a load, and a test of it with k
        case equalFixed, greaterFixed, greaterOrEqualFixed, anyBitFixed
        case equalIndexed, greaterIndexed, greaterOrEqualIndexed, anyBitIndexed
        /// Whether k bytes are there, and whether a load would succeed.
        case capturedAtLeast, isPresent
        // the same for tables that begin at k
        case among, amongFixed, amongIndexed
        case go
        // programs: `target` is one
        case accept, acceptSlot, call, verdict, verdictSlot
        case stop
    }

    var kind: Kind
    /// For loads, how far a word is to be shifted to the right to be what is loaded: 0, 16 or 24. For arithmetic and
    /// extensions, their raw value.
    var detail: UInt8 = 0
    /// Of a table.
    var shift: UInt8 = 0
    var target: UInt16 = 0
    var left: UInt16 = 0
    /// For fixed loads the offset; for indexed ones what is added to slots[left]; else the second slot.
    var other: UInt32 = 0
    var k: UInt32 = 0
    var then: UInt32 = 0
    var otherwise: UInt32 = 0
}

extension ClassifierStep.Kind {
    init(_ comparison: Comparison, isConstant: Bool) {
        self =
            switch comparison {
            case .equal: isConstant ? .equal : .equalSlots
            case .greater: isConstant ? .greater : .greaterSlots
            case .greaterOrEqual: isConstant ? .greaterOrEqual : .greaterOrEqualSlots
            case .anyBit: isConstant ? .anyBit : .anyBitSlots
            }
    }

    /// This test or look-up in one step with the load before it; nil where there is no such step.
    func fused(with load: ClassifierStep.Kind) -> ClassifierStep.Kind? {
        switch (self, load) {
        case (.equal, .fixed): .equalFixed
        case (.equal, .indexed): .equalIndexed
        case (.greater, .fixed): .greaterFixed
        case (.greater, .indexed): .greaterIndexed
        case (.greaterOrEqual, .fixed): .greaterOrEqualFixed
        case (.greaterOrEqual, .indexed): .greaterOrEqualIndexed
        case (.anyBit, .fixed): .anyBitFixed
        case (.anyBit, .indexed): .anyBitIndexed
        case (.among, .fixed): .amongFixed
        case (.among, .indexed): .amongIndexed
        default: nil
        }
    }
}

extension Size {
    /// How far a word that begins with a number of this size is to be shifted to be the number.
    var shift: UInt8 { UInt8(32 - 8 * bytes) }
}

/// A table of constants, found by the upper bits of a product (Fibonacci hashing) and from there on.
struct ClassifierEntry {
    var key: UInt32 = 0
    /// Where the constant leads; nowhere in an empty entry.
    var then: UInt32 = ClassifierEntry.nowhere

    static let nowhere = UInt32.max

    @inline(__always) static func place(of key: UInt32, shift: UInt8) -> Int {
        Int((key &* 0x9e37_79b1) &>> UInt32(shift))
    }
}
