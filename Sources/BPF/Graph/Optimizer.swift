/// Makes a program faster without making it different, by the paper's own argument for graphs (section 3.1): along a path
/// much is known already. Once A was found to be 0x800, a later test for 0x806 needs no asking, nor a second load of the
/// type; an edge into such a test can lead on to where the test would lead. BPF+ (Begel, McCanne and Graham, 1999) calls it
/// redundant predicate elimination.
///
/// Two promises hold for any program and any packet. The verdict is the same: in particular a load that could fail, and so
/// drop the packet, is only left out where an executed one proves that it could not. And no packet takes more instructions:
/// each step only removes some, or, where a `ja` is needed that was not there, has removed one on that way.
public struct Optimizer {
    var graph: FlowGraph
    /// Whether every packet is whole, as in the kernel: then `len` says which loads succeed.
    private let packetsAreWhole: Bool

    /// Nearly all programs are done after three rounds. A limit keeps time linear, whatever the program.
    private static let maximumRounds = 16

    init(_ graph: FlowGraph, packetsAreWhole: Bool = false) {
        self.graph = graph
        self.packetsAreWhole = packetsAreWhole
    }

    /// An equal program that is never slower, and mostly shorter.
    public static func optimize(_ program: VerifiedProgram) -> VerifiedProgram {
        var optimizer = Optimizer(FlowGraph(program))
        optimizer.run(threading: true)
        if let result = optimizer.result(replacing: program) { return result }
        // So large a program that a redirected jump does not reach: without redirections no jump gets longer.
        optimizer = Optimizer(FlowGraph(program))
        optimizer.run(threading: false)
        return optimizer.result(replacing: program) ?? program
    }

    /// Runs the passes until none finds anything more.
    mutating func run(threading: Bool) {
        graph.removeUnreachable()
        for _ in 0..<Optimizer.maximumRounds {
            let before = graph
            simplifyOperations()
            removeDeadOperations()
            if threading {
                threadJumps()
                graph.removeUnreachable()
                joinChains()
            }
            if graph == before { break }
        }
        if threading { shareReturns() }
        if graph.size <= UInt8.max { shareBlocks() }
    }

    func analysis() -> Analysis { Analysis(graph, packetsAreWhole: packetsAreWhole) }

    /// The graph as a program, if it is surely no slower. Jumps over more than 255 instructions may need a `ja` each, and one
    /// put in for one path could push another path's jump over the limit: so there must not be more than there were.
    private func result(replacing program: VerifiedProgram) -> VerifiedProgram? {
        guard let placed = try? graph.program(),
            let verified = try? VerifiedProgram(placed, as: program.dialect)
        else { return nil }
        if placed.instructions.count > UInt8.max && verified.jumpCount > program.jumpCount { return nil }
        return verified
    }
}

extension VerifiedProgram {
    fileprivate var jumpCount: Int { operations.count { if case .jump = $0 { true } else { false } } }
}

extension FlowGraph {
    /// About how many instructions the graph needs, and at most so many where all jumps are short.
    var size: Int { blocks.reduce(0) { $0 + $1.body.count + 1 } }
}
