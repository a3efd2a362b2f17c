import Testing

@testable import BPF

@Suite struct FlowGraphTests {
    @Test("A program survives the conversion to a graph and back")
    func programSurvivesConversionGraph() throws {
        var programs = BranchingPrograms(stream: 1)
        for _ in 0..<500 {
            let program = programs.next()
            let again = try VerifiedProgram(FlowGraph(program).program())
            for _ in 0..<5 {
                let packet = programs.packet()
                #expect(Execution(again, packet).verdict == Execution(program, packet).verdict, "\(program.listing)")
                #expect(Execution(again, packet).instructions <= Execution(program, packet).instructions)
            }
        }
    }

    @Test("A block begins at each jump target and after each jump")
    func blockBeginsJumpTarget() throws {
        let program = try VerifiedProgram(
            Program(
                [
                    Operation.loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 1, jf: 0),
                    .returnConstant(0), .loadPacket(.byte, 23), .returnAccumulator,
                ].map(Instruction.init)))
        let graph = FlowGraph(program)
        #expect(
            graph.blocks == [
                .init(body: [.loadPacket(.half, 12)], exit: .test(.equal, .k(0x800), then: 2, otherwise: 1)),
                .init(body: [], exit: .returnConstant(0)),
                .init(body: [.loadPacket(.byte, 23)], exit: .returnAccumulator),
            ])
        #expect(graph.predecessors == [[], [0], [0]])
        #expect(graph.reachable == [true, true, true])
    }

    @Test("Unreachable blocks are found and removed")
    func unreachableBlocksFoundRemoved() throws {
        let program = try VerifiedProgram(
            Program([Operation.jump(1), .returnConstant(1), .returnConstant(2)].map(Instruction.init)))
        var graph = FlowGraph(program)
        #expect(graph.reachable == [true, false, true])
        graph.removeUnreachable()
        #expect(graph.blocks.count == 2)
        #expect(try graph.program().instructions == [.ret(2)])
    }

    @Test("Dominators match their definition")
    func dominatorsMatchTheirDefinition() {
        var programs = BranchingPrograms(stream: 2)
        for count in 0..<300 {
            programs.maximumLength = count % 30 == 0 ? 400 : 40
            programs.endsEarly = count % 60 != 0
            let graph = FlowGraph(programs.next())
            let dominators = Dominators(graph)
            let reachable = graph.reachable
            for dominator in graph.blocks.indices where reachable[dominator] {
                let avoiding = reached(graph, without: dominator)
                for block in graph.blocks.indices where reachable[block] {
                    #expect(dominators.dominates(dominator, block) == !avoiding[block])
                }
            }
            for block in graph.blocks.indices.dropFirst() {
                #expect((dominators.immediate[block] != nil) == reachable[block])
            }
        }
    }

    /// By definition, a block dominates another if the other cannot be reached without it.
    private func reached(_ graph: FlowGraph, without missing: Int) -> [Bool] {
        var result = graph.blocks.map { _ in false }
        var waiting = missing == 0 ? [] : [0]
        while let block = waiting.popLast() {
            if result[block] { continue }
            result[block] = true
            waiting += graph.blocks[block].exit.successors.filter { $0 != missing }
        }
        return result
    }

    @Test("A test reaches blocks at any distance", arguments: [250, 255, 256, 300, 700, 2000])
    func testReachesBlocksAny(distance: Int) throws {
        // The branches of one test skip one and two long blocks, and the block behind them is entered from both
        // sides.
        let long = FlowGraph.Block(
            body: Array(repeating: .arithmetic(.add, .k(1)), count: distance), exit: .go(to: 4))
        let graph = FlowGraph(
            dialect: .linux,
            blocks: [
                .init(body: [.loadPacket(.byte, 0)], exit: .test(.equal, .k(0), then: 3, otherwise: 1)),
                .init(body: [], exit: .test(.equal, .k(1), then: 4, otherwise: 2)),
                long,
                .init(body: [.loadConstant(.a, 7)], exit: .returnAccumulator),
                .init(body: [], exit: .test(.equal, .k(1), then: 5, otherwise: 6)),
                .init(body: [], exit: .returnConstant(100)),
                .init(body: [], exit: .returnAccumulator),
            ])
        let program = try VerifiedProgram(graph.program())
        for (byte, verdict) in [(0, 7), (1, 100), (2, 2 + distance), (9, 9 + distance)] {
            #expect(Execution(program, [UInt8(byte)]).verdict == UInt32(verdict))
        }
        try program.program.checkWithKernel()
    }

    @Test("Distant returns are copied instead of jumped to")
    func distantReturnsCopiedInstead() throws {
        let count = 600
        var blocks: [FlowGraph.Block] = (0..<count).map { index in
            .init(body: [], exit: .test(.equal, .k(UInt32(index)), then: count + index % 2, otherwise: index + 1))
        }
        blocks[0].body = [.loadPacket(.half, 0)]
        blocks[count - 1].exit = .test(.equal, .k(UInt32(count - 1)), then: count, otherwise: count + 1)
        blocks.append(.init(body: [], exit: .returnConstant(10)))
        blocks.append(.init(body: [], exit: .returnConstant(0)))
        let program = try VerifiedProgram(FlowGraph(dialect: .linux, blocks: blocks).program())
        #expect(!program.operations.contains { if case .jump = $0 { true } else { false } })
        for index in [0, 1, 2, 255, 256, 598, 599, 600] {
            let execution = Execution(program, [UInt8(index >> 8), UInt8(index & 0xff)])
            #expect(execution.verdict == (index < count && (index % 2 == 0 || index == count - 1) ? 10 : 0))
            #expect(execution.instructions == min(index, count - 1) + 3)
        }
    }

    @Test("A graph that is too long for a program throws an error")
    func graphTooLongProgram() {
        let body = Array(repeating: Operation.negate, count: 4096)
        let graph = FlowGraph(dialect: .linux, blocks: [.init(body: body, exit: .returnAccumulator)])
        #expect(throws: FlowGraph.TooLong(count: 4097)) { try graph.program() }
    }
}
