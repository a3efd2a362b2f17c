import Testing

@testable import BPF

@Suite struct GraphvizTests {
    @Test("The first filter of the paper is drawn as in the paper")
    func firstFilterPaperDrawn() throws {
        let program = try VerifiedProgram(
            Program(
                [
                    Operation.loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 0, jf: 1),
                    .returnConstant(100), .returnConstant(0),
                ].map(Instruction.init)))
        #expect(
            FlowGraph(program).dot == """
                digraph filter {
                    node [shape=box, fontname="monospace"];
                    edge [fontname="sans"];
                    b0 [label="A = [12:2]\\lA = 0x800 ?\\l"];
                    b0:sw -> b2 [label="no"];
                    b0:se -> b1 [label="yes"];
                    b1 [label="accept 100\\l", shape=ellipse, style=bold];
                    b2 [label="drop\\l", shape=ellipse];
                }

                """)
    }
}
