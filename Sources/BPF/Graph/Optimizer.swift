/// Makes a program shorter and faster without changing its verdicts.
///
/// The method follows the paper's argument for flow graphs (section 3.1): along a path, much is known already. Once A
/// is known to be 0x800, neither a test for 0x806 nor a second load of the type is necessary, and an edge into such a
/// test can skip it. BPF+ (Begel, McCanne and Graham, 1999) calls this redundant predicate elimination.
///
/// Two guarantees hold for any program and any packet:
///
/// * The verdict is unchanged. In particular, a load that could fail, and so drop the packet, is removed only where
///   an executed load proves that it cannot.
/// * No packet takes more instructions. A pass only removes instructions; where it adds a `ja`, it has removed an
///   instruction on the same path.
public struct Optimizer {
    var graph: FlowGraph
    /// Whether every packet is complete, as it is in the kernel. Then `len` determines which loads succeed.
    private let packetsAreWhole: Bool

    /// Nearly all programs need at most three rounds. The limit keeps the run time linear for any program.
    private static let maximumRounds = 16

    init(_ graph: FlowGraph, packetsAreWhole: Bool = false) {
        self.graph = graph
        self.packetsAreWhole = packetsAreWhole
    }

    /// Returns an equivalent program that is never slower and usually shorter.
    public static func optimize(_ program: VerifiedProgram) -> VerifiedProgram {
        var optimizer = Optimizer(FlowGraph(program))
        optimizer.run(threading: true)
        if let result = optimizer.result(replacing: program) { return result }
        // The program is so large that a redirected jump is out of reach. Without redirections, no jump gets longer.
        optimizer = Optimizer(FlowGraph(program))
        optimizer.run(threading: false)
        return optimizer.result(replacing: program) ?? program
    }

    /// Runs the passes until none changes the graph.
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

    /// The graph as a program, provided that it is no slower; nil otherwise.
    ///
    /// Jumps over more than 255 instructions may each need a `ja`, and a `ja` on one path can push a jump of another
    /// path over the limit. So a large result must not have more jumps than the original.
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
    /// The approximate number of instructions; an upper bound if all jumps are short.
    var size: Int { blocks.reduce(0) { $0 + $1.body.count + 1 } }
}
