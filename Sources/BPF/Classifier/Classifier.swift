import BasicContainers

/// Determines which of many programs accept a packet, and evaluates the tests they share only once.
///
/// A tap has one socket with one merged filter, the union of its captures' filters. User space must therefore decide
/// which captures each packet belongs to. To run every program in turn would cost one run per capture, although
/// nearly all programs begin with the same tests: IP? UDP? which port?
///
///     let classifier = Classifier(programs)               // once, when the captures change
///     var matches = classifier.makeMatches()              // once per thread
///     ...
///     classifier.classify(packet, wireLength: length, metadata: { ring.metadata }, into: &matches)
///     for index in 0..<matches.count {
///         let match = matches[index]
///         captures[match.program].append(packet, keeping: match.verdict)
///     }
///
/// A classifier is built in four steps, each in a file of its own:
///
///     programs --Decisions--> decision graphs --Planner--> plan --ClassifierCode--> steps --> ClassifierMachine
///
/// The decision graphs consist of tests on values (`Value`).
///
/// The verdicts always equal those of ``Machine``. The interpreter runs those programs one by one that the planner
/// does not support: programs in the dialect of libpcap, with random numbers or netlink attributes, or with many
/// hundreds of basic blocks.
public struct Classifier: Sendable {
    /// The number of programs.
    public let count: Int
    /// The number of leading bytes that determine all verdicts; nil if a program reads what a captured packet does
    /// not carry.
    private let reach: UInt32?
    /// What the kernel filter accepts in excess of the programs. If not nil, every packet must be classified.
    public let superset: KernelUnion.Superset?
    let machine: ClassifierMachine

    /// Creates a classifier for verified programs of any dialect.
    ///
    /// Takes milliseconds, or up to half a second for many programs that have little in common.
    public init(_ programs: [VerifiedProgram], superset: KernelUnion.Superset? = nil) {
        (count, self.superset) = (programs.count, superset)
        let isReproducible = programs.allSatisfy(\.isReproducible)
        reach = isReproducible ? programs.reduce(0) { max($0, $1.reach ?? .max) } : nil
        var decisions = Decisions()
        /// The decision nodes at which programs begin. Equal programs share a root and are decided once.
        var roots: [Int] = []
        var members: [Int: [Int]] = [:]
        var others = UniqueArray<Loner>()
        for (index, program) in programs.enumerated() {
            if let root = decisions.add(program) {
                if members[root] == nil { roots.append(root) }
                members[root, default: []].append(index)
            } else {
                others.append(Loner(program: index, interpreter: Interpreter(program)))
            }
        }
        let planner = Planner(roots, decisions)
        machine = ClassifierMachine(
            planner.plan, planner.decisions.values, groups: roots.map { members[$0] ?? [] }, others: others)
    }

    /// The number of programs that the interpreter runs one by one.
    var loneCount: Int { machine.others.count }

    /// Whether `classify` is guaranteed to agree with the kernel, which ran the programs on the whole packet.
    ///
    /// It does if the captured bytes cover all that the programs read, and if no program reads what only the kernel
    /// knows. Both lengths are in bytes.
    public func canJudge(length: UInt32, wireLength: UInt32) -> Bool {
        guard let reach else { return false }
        return length >= min(wireLength, reach)
    }

    /// Creates storage for the matches of one packet at a time. Reuse it for every packet of a thread.
    public func makeMatches() -> Matches {
        Matches(
            for: ObjectIdentifier(machine), scratch: machine.wordCount, groups: machine.groups.count, programs: count)
    }

    /// Finds the programs that accept a packet; the verdicts equal those of ``Interpreter``.
    ///
    /// Does not allocate. `matches` must come from `makeMatches` of this classifier. `wireLength` is in bytes.
    /// `metadata` is called only if a program needs metadata.
    public func classify(
        _ packet: RawSpan, wireLength: UInt32, metadata: () -> PacketMetadata = { PacketMetadata() },
        into matches: inout Matches
    ) {
        machine.run(packet, wireLength, metadata, &matches)
    }
}

/// A program that the interpreter runs by itself.
struct Loner: ~Copyable {
    let program: Int
    let interpreter: Interpreter
}

/// A program that accepted a packet.
public struct Match: Equatable, Sendable {
    /// The index of the program in the array that the classifier was created from.
    public let program: Int
    /// The number of bytes to keep; never 0.
    public let verdict: UInt32
}
