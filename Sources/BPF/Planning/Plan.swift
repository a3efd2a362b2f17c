/// How a classifier processes a packet: an acyclic graph of units of work, each followed by the choice of the next
/// unit.
///
/// Most units serve all programs that are still undecided. Other units serve a single program: they are called,
/// decide the program, and it is never tested again.
struct Plan {
    struct Unit: Hashable {
        /// The programs decided here, with their verdicts.
        var verdicts: [Verdict] = []
        /// The programs to decide individually here, by units that end with `.verdict`.
        var calls: [Call] = []
        var exit: Exit
    }

    struct Verdict: Hashable {
        let program: Int
        let value: ValueID
    }

    struct Call: Hashable {
        let program: Int
        let unit: Int
    }

    enum Exit: Hashable {
        case stop
        case go(Int)
        case test(Test, then: Int, otherwise: Int)
        /// An equality test against many constants at once.
        case dispatch(ValueID, [UInt32: Int], otherwise: Int)
        /// The end of a call.
        case verdict(ValueID)
    }

    /// In a dispatch on list lookups: the key for an uncertain result.
    static let uncertain: UInt32 = 3

    private(set) var units: [Unit] = []
    private var numbers: [Unit: Int] = [:]
    var entry = 0

    /// Adds a unit. Its successors must have been added before.
    mutating func add(_ unit: Unit) -> Int {
        if let known = numbers[unit] { return known }
        numbers[unit] = units.count
        units.append(unit)
        return units.count - 1
    }
}

extension Plan.Unit {
    /// The possible next units, including calls.
    var successors: [Int] { exit.successors + calls.map(\.unit) }
}

extension Plan.Exit {
    /// The possible next units. Table entries are sorted by their constants, so that plans are the same in every
    /// process.
    var successors: [Int] {
        switch self {
        case .stop, .verdict: []
        case .go(let unit): [unit]
        case .test(_, let then, let otherwise): [then, otherwise]
        case .dispatch(_, let table, let otherwise): table.sorted { $0.key < $1.key }.map(\.value) + [otherwise]
        }
    }

    /// The most frequent next unit. Most packets carry none of the numbers in a table.
    var usualSuccessor: Int? {
        switch self {
        case .stop, .verdict: nil
        case .go(let unit): unit
        case .test(_, let then, _): then
        case .dispatch(_, _, let otherwise): otherwise
        }
    }
}
