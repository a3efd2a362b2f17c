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
    let machine: ClassifierMachine
    /// The programs that are run one by one.
    let others: [Loner]

    public init(_ programs: [VerifiedProgram]) {
        count = programs.count
        var decisions = Decisions()
        /// The nodes where programs begin, and the programs that begin there: equal ones are decided once.
        var roots: [Int] = []
        var members: [Int: [Int]] = [:]
        var others: [Loner] = []
        for (index, program) in programs.enumerated() {
            if let root = decisions.add(program) {
                if members[root] == nil { roots.append(root) }
                members[root, default: []].append(index)
            } else {
                others.append(Loner(index, program))
            }
        }
        let planner = Planner(roots, decisions)
        machine = ClassifierMachine(planner.plan, planner.decisions.values, members: roots.map { members[$0] ?? [] })
        self.others = others
    }

    /// Room for the matches of one packet, to be used for one packet after the other.
    public func makeMatches() -> Matches {
        Matches(scratch: machine.wordCount, groups: machine.groupCount, programs: count)
    }

    /// Finds the programs that accept a packet, as `Interpreter.run` would; allocates nothing. `matches` must come from this
    /// classifier's `makeMatches`; `metadata` is called only where programs ask for some.
    public func classify(
        _ packet: RawSpan, wireLength: UInt32, metadata: () -> PacketMetadata = { PacketMetadata() },
        into matches: inout Matches
    ) {
        machine.run(packet, wireLength, metadata, &matches)
        for other in others {
            let verdict = other.interpreter.run(packet, wireLength: wireLength, metadata: metadata)
            if verdict != 0 { matches.append(other.program, verdict) }
        }
    }
}

/// A program that is run by itself.
final class Loner: Sendable {
    let program: Int
    let interpreter: Interpreter

    init(_ number: Int, _ program: VerifiedProgram) {
        self.program = number
        interpreter = Interpreter(program)
    }
}

/// One of the programs that accepted a packet.
public struct Match: Equatable, Sendable {
    /// The program's place among those that the classifier was made of.
    public let program: Int
    /// How many bytes it keeps; not 0.
    public let verdict: UInt32
}
