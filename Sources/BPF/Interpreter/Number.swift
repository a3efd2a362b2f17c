/// A number that a step loads or tests: its location and its mask.
struct Number {
    enum Place { case accumulator, fixed, indexed }

    let place: Place
    private let size: Size
    /// The offset as in the program.
    private let offset: UInt32
    var mask = UInt32.max
    /// For a number in a program: the operation after those that load it.
    var end: Int

    init(place: Place, end: Int = 0) { (self.place, self.end, size, offset) = (place, end, .word, 0) }

    /// The number that an operation loads; nil if it is not a load, or one that cannot be fused with a test.
    init?(_ operation: Operation, end: Int = 0) {
        switch operation {
        case .loadPacket(let size, let k) where k < 0x8000_0000 && k + size.bytes >= 4:
            (place, self.size, offset) = (.fixed, size, k)
        case .loadPacketIndexed(let size, let k) where UInt64(k) + UInt64(size.bytes) >= 4:
            (place, self.size, offset) = (.indexed, size, k)
        default: return nil
        }
        mask = .max >> (32 - 8 * size.bytes)
        self.end = end
    }

    func isSame(as other: Number) -> Bool {
        (place, size, offset, mask) == (other.place, other.size, other.offset, other.mask) && place != .accumulator
    }

    /// Whether a step that first sets X to a header length can load it. The sum then never wraps around.
    var canBeBehindHeader: Bool { place == .indexed && offset < 0x7fff_0000 }

    // MARK: Steps

    /// Loads the number, whose place must not be the accumulator.
    func load(in dialect: Dialect) -> Action {
        action(place == .fixed ? .loadFixed : .loadIndexed, in: dialect)
    }

    /// Looks up the number in a table.
    func look(in dialect: Dialect) -> Action {
        switch place {
        case .accumulator: action(.among, in: dialect)
        case .fixed: action(.amongFixed, in: dialect)
        case .indexed: action(.amongIndexed, in: dialect)
        }
    }

    /// Compares the number with a constant.
    func test(_ comparison: Comparison, _ k: UInt32, in dialect: Dialect) -> Action {
        var action = action(kind(for: comparison), in: dialect)
        action.k = k
        return action
    }

    private func action(_ kind: Action.Kind, in dialect: Dialect) -> Action {
        var action = Action(kind, size: size)
        action.offset = offset &+ size.bytes &- 4
        action.mask = mask
        action.wraps = dialect == .linux
        return action
    }

    private func kind(for comparison: Comparison) -> Action.Kind {
        switch (place, comparison) {
        case (.accumulator, .equal): .equal
        case (.accumulator, .greater): .greater
        case (.accumulator, .greaterOrEqual): .greaterOrEqual
        case (.accumulator, .anyBit): .anyBit
        case (.fixed, .equal): .equalFixed
        case (.fixed, .greater): .greaterFixed
        case (.fixed, .greaterOrEqual): .greaterOrEqualFixed
        case (.fixed, .anyBit): .anyBitFixed
        case (.indexed, .equal): .equalIndexed
        case (.indexed, .greater): .greaterIndexed
        case (.indexed, .greaterOrEqual): .greaterOrEqualIndexed
        case (.indexed, .anyBit): .anyBitIndexed
        }
    }
}
