import TestSupport
import Testing

@testable import BPF

/// Host lists against their meaning, libpcap's `net A or net B or ...`, on random frames and real packets.
@Suite struct ListTests {
    /// In each of these, a list occurs where libpcap accepts a network.
    static let expressions = [
        "@0", "not @0", "@0 and port 443", "not @0 and tcp", "@0 or @1", "@0 and not @1",
        "tcp and not (@0 or @1) and port 443", "(@0 and port 443) or (@1 and port 53)", "@0 and host 10.0.0.1 or @1",
        "not @0 and not @1", "udp port 53 or not @1", "vlan and @0", "vlan and vlan and @0", "mpls and @0",
        "pppoes and @0", "@0 and vlan and port 443", "ip6 and @0", "arp and @0",
    ]

    /// The number of networks per family.
    static let sizes = [(1, 0), (0, 1), (2, 3), (25, 0), (0, 20), (60, 40)]

    private let compiler = Result { try ExpressionCompiler(dataLinkType: 1) }

    @Test("On random frames, lists accept what libpcap accepts", arguments: sizes)
    func randomFramesListsAccept(_ size: (Int, Int)) throws {
        var generator = SeededGenerator(stream: UInt64(size.0 * 100 + size.1))
        var compared = 0
        for text in ListTests.expressions {
            let lists = [
                TestList(ipv4: size.0, ipv6: size.1, &generator), TestList(ipv4: size.1, ipv6: size.0, &generator),
            ]
            guard let pair = try programs(text, lists) else { continue }
            compared += 1
            let interpreter = Interpreter(pair.listed)
            let classifier = Classifier([pair.listed, try VerifiedProgram(Program.acceptAll(length: 1)), pair.listed])
            var matches = classifier.makeMatches()
            let union = try KernelUnion([pair.listed], keeping: 100)
            #expect(union.superset == nil)
            let kernel = Interpreter(try VerifiedProgram(union.program))
            var frames = ListFrames(generator: SeededGenerator(stream: generator.next()), lists: lists)
            for _ in 0..<1500 {
                let frame = frames.next()
                let isWanted = pcapVerdict(pair.spelledOut, on: frame, wireLength: UInt32(frame.count)) != 0
                #expect((interpreter.run(frame) != 0) == isWanted, "\(text): \(frame)")
                #expect((Machine.run(pair.listed, on: frame) != 0) == isWanted, "\(text): \(frame)")
                #expect(kernel.run(frame) == (isWanted ? 100 : 0), "\(text): \(frame)")
                classifier.classify(unsafe frame.span.bytes, wireLength: UInt32(frame.count), into: &matches)
                #expect(matches.count == (isWanted ? 3 : 1), "\(text): \(frame)")
            }
        }
        #expect(compared >= ListTests.expressions.count / 2)
    }

    @Test("On real Ethernet packets, lists accept what libpcap accepts")
    func realEthernetPacketsLists() throws {
        var generator = SeededGenerator(stream: 77)
        let packets = TestMaterial.packets(each: 40).filter { $0.count >= 54 }
        for text in ListTests.expressions {
            let lists = [
                TestList(ipv4: 40, ipv6: 8, &generator, around: packets),
                TestList(ipv4: 8, ipv6: 40, &generator, around: packets),
            ]
            guard let pair = try programs(text, lists) else { continue }
            let interpreter = Interpreter(pair.listed)
            for packet in packets {
                let isWanted = pcapVerdict(pair.spelledOut, on: packet, wireLength: UInt32(packet.count)) != 0
                #expect((interpreter.run(packet) != 0) == isWanted, "\(text): \(packet)")
            }
        }
    }

    @Test("With fewer ranges, the union accepts no fewer packets", arguments: [1, 2, 7])
    func fewerRangesUnionAccepts(_ limit: Int) throws {
        var generator = SeededGenerator(stream: UInt64(limit))
        for text in ListTests.expressions {
            let lists = [TestList(ipv4: 30, ipv6: 20, &generator), TestList(ipv4: 20, ipv6: 30, &generator)]
            guard let pair = try programs(text, lists) else { continue }
            let graph = try #require(PlannedUnion([pair.listed])?.graph(limit: limit))
            let coarse = Interpreter(try Program.optimized(graph))
            let exact = Interpreter(pair.listed)
            var frames = ListFrames(generator: SeededGenerator(stream: generator.next()), lists: lists)
            for _ in 0..<1000 {
                let frame = frames.next()
                // Truncated frames, too: missing bytes must not make the kernel drop a packet that a list lookup
                // accepts.
                for frame in [frame, Array(frame.prefix(Int.random(in: 14...frame.count, using: &generator)))] {
                    #expect(exact.run(frame) == 0 || coarse.run(frame) != 0, "\(text): \(frame)")
                }
            }
        }
    }

    @Test("The union of programs that share lists accepts what any of them accepts")
    func unionProgramsShareLists() throws {
        var generator = SeededGenerator(stream: 3)
        let lists = [TestList(ipv4: 30, ipv6: 20, &generator), TestList(ipv4: 20, ipv6: 30, &generator)]
        let texts = ["@0 and port 443", "not @1 and udp", "tcp port 53", "@0 and @1", "vlan and @1"]
        let programs = try texts.compactMap { try self.programs($0, lists) }
        #expect(programs.count == texts.count)
        let union = try KernelUnion(programs.map(\.listed), keeping: 100)
        let kernel = Interpreter(try VerifiedProgram(union.program))
        let classifier = Classifier(programs.map(\.listed))
        var matches = classifier.makeMatches()
        var frames = ListFrames(generator: SeededGenerator(stream: 4), lists: lists)
        for _ in 0..<5000 {
            let frame = frames.next()
            let wanted = programs.filter {
                pcapVerdict($0.spelledOut, on: frame, wireLength: UInt32(frame.count)) != 0
            }
            classifier.classify(unsafe frame.span.bytes, wireLength: UInt32(frame.count), into: &matches)
            #expect(matches.count == wanted.count, "\(frame)")
            #expect((kernel.run(frame) != 0) == !wanted.isEmpty, "\(frame)")
        }
    }

    @Test(
        "A long list fits into the kernel as merged ranges", arguments: [(10_000, 0), (0, 10_000), (100_000, 20_000)])
    func longListFitsInto(_ size: (Int, Int)) throws {
        var generator = SeededGenerator(stream: 5)
        let hosts = HostList(
            ipv4: (0..<size.0).map { _ in
                let address = UInt32.random(in: 0 ... .max, using: &generator)
                return address...address
            },
            ipv6: (0..<size.1).map { _ in
                let address = UInt128.random(in: 0 ... .max, using: &generator)
                return address...address
            })
        let program = try VerifiedProgram(compiler.get().compile(ListedExpression([.hosts(name: "bad", hosts)])))
        let union = try KernelUnion([program], keeping: 100)
        try union.program.checkWithKernel()
        let superset = try #require(union.superset)
        #expect(superset.addresses == size.0 + size.1)
        // The available space is used.
        #expect(union.program.instructions.count > 3400)
        #expect(superset.networks >= 40)
        let example = KernelUnion.Superset(addresses: 10_000, networks: 900)
        #expect("\(example)" == "superset, 10,000 addresses in 900 networks")
    }

    @Test("A rejected expression carries libpcap's message with the name of the list")
    func rejectedExpressionCarriesLibpcap() throws {
        var generator = SeededGenerator(stream: 6)
        let list = TestList(ipv4: 2, ipv6: 0, &generator)
        func refusal(_ text: String) -> String {
            do {
                _ = try compiler.get().compile(ListedExpression(text, [list]))
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal("@0 and port port").contains("syntax error"))
        #expect(refusal("ip6 and @0") == "expression rejects all packets")
        #expect(refusal("src @0").contains("syntax error"))
        #expect(refusal("@0 and port 443") == "")
    }

    /// The program with lists and libpcap's program with all entries spelled out.
    ///
    /// Nil if libpcap rejects the expression, in which case the expression with lists must be rejected, too.
    private func programs(
        _ text: String, _ lists: [TestList]
    ) throws -> (listed: VerifiedProgram, spelledOut: Program)? {
        let compiler = try compiler.get()
        let spelledOut: Program
        do {
            spelledOut = try compiler.compile(ListedExpression.spelledOut(text, lists))
        } catch {
            #expect(throws: FilterError.self) { try compiler.compile(ListedExpression(text, lists)) }
            return nil
        }
        return (try VerifiedProgram(compiler.compile(ListedExpression(text, lists))), spelledOut)
    }
}
