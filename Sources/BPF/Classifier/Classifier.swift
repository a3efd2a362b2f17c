import BasicContainers

/// Says which of many programs accept a packet, with tests that they share made once.
///
/// A tap has one socket and one filter, the union of its captures' filters. So for each packet that comes through, somebody
/// must say which captures it is for. Running their programs one after the other costs as many runs as there are captures,
/// though nearly all of them ask the same first questions: IP? UDP? which port?
///
///     let classifier = Classifier(programs)               // once, when the captures change
///     var matches = classifier.makeMatches()              // once for each thread
///     ...
///     classifier.classify(packet, wireLength: length, metadata: { ring.metadata }, into: &matches)
///     for index in 0..<matches.count {
///         let match = matches[index]
///         captures[match.program].append(packet, keeping: match.verdict)
///     }
///
/// Four steps make it, each in a file of its own:
///
///     programs --Decisions--> graphs of tests on values --Planner--> one plan --ClassifierCode--> steps --> ClassifierMachine
///
/// The verdicts are those of `Machine`, always. Programs that do not fit (the dialect of libpcap, random numbers, netlink
/// attributes, a program of many hundreds of blocks) are run by the interpreter, one by one.
public struct Classifier: Sendable {
    /// How many programs there are.
    public let count: Int
    /// How many bytes of a packet decide what the programs say of it; nil when they ask for more than a capture can tell.
    private let reach: UInt32?
    /// What the kernel accepts beside what the programs do; then the classifier must be asked about every packet.
    public let superset: KernelUnion.Superset?
    let machine: ClassifierMachine

    /// One for any programs, of any dialects. Takes some milliseconds; up to half a second for many that have little in common.
    public init(_ programs: [VerifiedProgram], superset: KernelUnion.Superset? = nil) {
        (count, self.superset) = (programs.count, superset)
        let isReproducible = programs.allSatisfy(\.isReproducible)
        reach = isReproducible ? programs.reduce(0) { max($0, $1.reach ?? .max) } : nil
        var decisions = Decisions()
        /// The nodes where programs begin, and the programs that begin there: equal ones are decided once.
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

    /// How many of the programs are run one by one.
    var loneCount: Int { machine.others.count }

    /// Whether `classify` says of a packet what the kernel said, which saw all of it: it has not been cut shorter than the
    /// programs look, and they ask for nothing that only the kernel knew.
    public func canJudge(length: UInt32, wireLength: UInt32) -> Bool {
        guard let reach else { return false }
        return length >= min(wireLength, reach)
    }

    /// Room for the matches of one packet, to be used for one packet after the other.
    public func makeMatches() -> Matches {
        Matches(
            for: ObjectIdentifier(machine), scratch: machine.wordCount, groups: machine.groups.count, programs: count)
    }

    /// Finds the programs that accept a packet, as `Interpreter.run` would; allocates nothing. `matches` must come from this
    /// classifier's `makeMatches`; `metadata` is called only where programs ask for some.
    public func classify(
        _ packet: RawSpan, wireLength: UInt32, metadata: () -> PacketMetadata = { PacketMetadata() },
        into matches: inout Matches
    ) {
        machine.run(packet, wireLength, metadata, &matches)
    }
}

/// A program that is run by itself.
struct Loner: ~Copyable {
    let program: Int
    let interpreter: Interpreter
}

/// One of the programs that accepted a packet.
public struct Match: Equatable, Sendable {
    /// The program's place among those that the classifier was made of.
    public let program: Int
    /// How many bytes it keeps; not 0.
    public let verdict: UInt32
}
