/// How a classifier goes about a packet: units of work, each followed by a decision which one comes next.
///
/// Most units work for all programs that are still undecided. Some work for one alone: it is called, decided, and never asked
/// again. All units form a graph without cycles.
struct Plan {
    struct Unit: Hashable {
        /// Programs decided here, and their verdicts.
        var verdicts: [Verdict] = []
        /// Programs that go on alone from here, in units that end with `.verdict`.
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
        /// A test for equality with many constants at once.
        case dispatch(ValueID, [UInt32: Int], otherwise: Int)
        /// The end of a call.
        case verdict(ValueID)
    }

    /// In a table of what look-ups in lists say: where they cannot say it.
    static let uncertain: UInt32 = 3

    private(set) var units: [Unit] = []
    private var numbers: [Unit: Int] = [:]
    var entry = 0

    /// A unit is only added after those it leads to.
    mutating func add(_ unit: Unit) -> Int {
        if let known = numbers[unit] { return known }
        numbers[unit] = units.count
        units.append(unit)
        return units.count - 1
    }
}

extension Plan.Unit {
    /// Where the packet may go from here, calls included.
    var successors: [Int] { exit.successors + calls.map(\.unit) }
}

extension Plan.Exit {
    /// Where the packet may go from here. By the constants of a table, so that a plan's steps are the same in each process.
    var successors: [Int] {
        switch self {
        case .stop, .verdict: []
        case .go(let unit): [unit]
        case .test(_, let then, let otherwise): [then, otherwise]
        case .dispatch(_, let table, let otherwise): table.sorted { $0.key < $1.key }.map(\.value) + [otherwise]
        }
    }

    /// Where most packets go on: the numbers of a packet are mostly not those that a table knows.
    var usualSuccessor: Int? {
        switch self {
        case .stop, .verdict: nil
        case .go(let unit): unit
        case .test(_, let then, _): then
        case .dispatch(_, _, let otherwise): otherwise
        }
    }
}
