import Testing

@testable import BPF

/// A program run on a set of packets never rejects a set that has a packet it accepts.
@Suite("Programs on sets of packets")
struct SetTests {
    private static func partial(_ random: inout RandomPrograms) -> PartialNumber {
        let unknown =
            switch random.below(4) {
            case 0: UInt32(0)
            case 1: UInt32(1) << UInt32(random.below(32))
            case 2: UInt32(random.below(256)) << UInt32(random.below(32))
            default: UInt32(truncatingIfNeeded: random.next())
            }
        return PartialNumber(random.constant(), unknown: unknown)
    }

    private static func member(of set: PartialNumber, _ random: inout RandomPrograms) -> UInt32 {
        set.value | UInt32(truncatingIfNeeded: random.next()) & set.unknown
    }

    @Test("Each operation on partly known numbers contains the result for each pair of members")
    func operations() {
        var random = RandomPrograms(stream: 21)
        let all: [Arithmetic] = Arithmetic.allCases
        for _ in 0..<200_000 {
            let (left, right) = (SetTests.partial(&random), SetTests.partial(&random))
            let (a, b) = (SetTests.member(of: left, &random), SetTests.member(of: right, &random))
            let (operation, dialect) = (random.pick(all), random.pick([Dialect.linux, .libpcap]))
            #expect(left.contains(a) && left.least <= a && a <= left.greatest)
            #expect(left.union(right).contains(a) && left.union(right).contains(b))
            if let result = operation.apply(a, b, in: dialect) {
                let set = left.apply(operation, right, in: dialect)
                #expect(
                    set?.contains(result) == true, "\(left) \(operation) \(right): \(a), \(b)")
            }
            for comparison in Comparison.allCases {
                let (then, otherwise) = left.split(comparison, right)
                let side = comparison.holds(a, b) ? then : otherwise
                #expect(side?.contains(a) == true, "\(left) \(comparison) \(right): \(a), \(b)")
            }
        }
    }

    @Test("A range is within the set made of it; the members of a set are all of them")
    func ranges() {
        var random = RandomPrograms(stream: 21)
        for _ in 0..<10_000 {
            let bounds = [random.constant(), random.constant()].sorted()
            let set = PartialNumber(bounds[0]...bounds[1])
            #expect(set.least <= bounds[0] && set.greatest >= bounds[1])
            let few = PartialNumber(bounds[0], unknown: bounds[1] & 0x8421)
            #expect(few.members(atMost: 16).map { Set($0).count } == 1 << few.unknown.nonzeroBitCount)
            #expect(few.members(atMost: 16)?.allSatisfy { few.contains($0) } == true)
        }
        #expect(PartialNumber.any.members(atMost: 16) == nil)
    }

    /// Extensions with a value that the machine and the set can agree on.
    private static let extensions: [Extension] = [
        .proto, .type, .ifidx, .hatype, .vlanTCI, .vlanPresent, .vlanTPID, .xorX,
    ]

    private static func metadata(_ random: inout RandomPrograms) -> PacketMetadata {
        var metadata = PacketMetadata()
        metadata.interfaceIndex = UInt32(random.below(3))
        metadata.proto = UInt16(random.below(3))
        metadata.packetType = UInt8(random.below(5))
        metadata.vlanIsPresent = random.below(2) == 0
        metadata.vlanTCI = metadata.vlanIsPresent ? UInt16(random.below(3)) : 0
        metadata.networkOffset = UInt32(random.below(20))
        return metadata
    }

    @Test("On a set of one packet the verdict is the machine's", arguments: [Dialect.linux, .libpcap])
    func single(_ dialect: Dialect) throws {
        var random = RandomPrograms(stream: 21)
        for _ in 0..<20_000 {
            let operations = random.verified(extensions: dialect == .linux ? SetTests.extensions : [])
            guard let program = try? VerifiedProgram(operations, as: dialect) else { continue }
            let (packet, metadata) = (random.packet(), SetTests.metadata(&random))
            let length = UInt32(packet.count + random.below(3))
            let isAccepted =
                unsafe Machine.run(program, on: packet.span.bytes, wireLength: length, metadata: metadata) != 0
            let set = unsafe PacketSet(of: packet.span.bytes, wireLength: length, metadata: metadata)
            let verdict = program.verdict(on: set)
            #expect(verdict != (isAccepted ? .rejectsAll : .acceptsAll))
        }
    }

    @Test(
        "Whatever is forgotten of a packet, a set that has it is not judged otherwise",
        arguments: [Dialect.linux, .libpcap])
    func sound(_ dialect: Dialect) throws {
        var random = RandomPrograms(stream: 22)
        var (decided, undecided) = (0, 0)
        for _ in 0..<20_000 {
            let operations = random.verified(extensions: dialect == .linux ? SetTests.extensions : [])
            guard let program = try? VerifiedProgram(operations, as: dialect) else { continue }
            let graph = FlowGraph(program)
            for _ in 0..<4 {
                let (packet, metadata) = (random.packet(), SetTests.metadata(&random))
                let length = UInt32(packet.count + random.below(3))
                let isAccepted =
                    unsafe Machine.run(program, on: packet.span.bytes, wireLength: length, metadata: metadata) != 0
                var set = unsafe PacketSet(of: packet.span.bytes, wireLength: length, metadata: metadata)
                SetTests.forget(in: &set, &random)
                let verdict = graph.verdict(on: set)
                #expect(verdict != (isAccepted ? .rejectsAll : .acceptsAll))
                if verdict == .undecided { undecided += 1 } else { decided += 1 }
            }
        }
        // Both are common, or the test tests nothing.
        #expect(decided > 1000 && undecided > 1000)
    }

    private static func forget(in set: inout PacketSet, _ random: inout RandomPrograms) {
        for offset in 0..<64 where random.below(4) == 0 {
            set.forget(mask: random.below(2) == 0 ? 0xff : UInt8(random.below(256)), at: offset)
        }
        if random.below(2) == 0 {
            let count = set.captured.lowerBound
            set.captured = UInt32(random.below(Int(count) + 1))...count + UInt32(random.below(40))
        }
        if random.below(2) == 0 { set.wireLength = set.wireLength.union(PartialNumber(random.constant())) }
        if random.below(2) == 0 { set.networkOffset = nil }
        if random.below(2) == 0 { set.mayLackInterface = true }
        for name in Array(set.metadata.keys) where random.below(3) == 0 { set.metadata[name] = nil }
    }

    /// What an index knows of a TCP flow without VLAN tag and IP options.
    private static func flow(from source: [UInt8], _ sourcePort: UInt16, to target: [UInt8], _ targetPort: UInt16)
        -> PacketSet
    {
        var set = PacketSet(captured: 54...65535)
        set.know([0x08, 0x00, 0x45], at: 12)
        set.know([6], at: 23)
        set.know(source + target, at: 26)
        for (port, offset) in [(sourcePort, 34), (targetPort, 36)] {
            set.know([UInt8(port >> 8), UInt8(port & 0xff)], at: offset)
        }
        // Not a fragment.
        set.know(0, mask: 0x3f, at: 20)
        set.know(0, at: 21)
        set.metadata = [.proto: PartialNumber(0x0800), .vlanPresent: PartialNumber(0), .vlanTCI: PartialNumber(0)]
        set.networkOffset = 14
        return set
    }

    @Test("What libpcap makes of a filter decides about a flow by its addresses and ports alone")
    func flows() throws {
        let set = SetTests.flow(from: [10, 0, 0, 7], 49152, to: [192, 0, 2, 1], 443)
        let cases: [(String, SetVerdict)] = [
            ("host 10.0.0.7", .acceptsAll), ("host 10.0.0.8", .rejectsAll), ("net 192.0.2.0/24", .acceptsAll),
            ("tcp port 443", .acceptsAll), ("tcp port 444", .rejectsAll), ("udp", .rejectsAll), ("ip6", .rejectsAll),
            ("portrange 440-450 and dst host 192.0.2.1", .acceptsAll), ("not tcp port 443", .rejectsAll),
            ("src port 443", .rejectsAll), ("arp or host 10.0.0.7 and not port 443", .rejectsAll),
            ("tcp[tcpflags] & tcp-syn != 0", .undecided), ("greater 100", .undecided), ("vlan 7", .rejectsAll),
            ("icmp", .rejectsAll), ("ether host 00:11:22:33:44:55", .undecided),
        ]
        let compiler = try ExpressionCompiler(dataLinkType: 1)
        for (text, expected) in cases {
            let program = try VerifiedProgram(try compiler.compile(text))
            #expect(program.verdict(on: set) == expected, "\(text)")
        }
    }
}
