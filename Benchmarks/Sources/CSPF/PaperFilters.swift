/// The four filters of the paper's figure 8, as trees for the stack machine and as expressions for pcap-filter.
public struct PaperFilter: Sendable {
    public let name: String
    public let expression: String
    public let stack: StackProgram
    /// Mean instructions per packet in the paper: BPF, CSPF.
    public let paper: (bpf: Double, cspf: Double)

    /// With two hosts of the traffic at hand in place of the paper's "horse" and "gauguin".
    public static func all(_ horse: UInt32, _ gauguin: UInt32) -> [PaperFilter] {
        [
            PaperFilter(name: "1: IP", expression: "ip", stack: ip, paper: (62, 96)),
            PaperFilter(
                name: "2: IP, src or dst horse", expression: "ip host \(address(horse))", stack: ipHost(horse),
                paper: (160, 549)),
            PaperFilter(
                name: "3: TCP, finger, domain, login or shell",
                expression: "ip and tcp and (port 79 or port 53 or port 513 or port 514)", stack: tcpPorts,
                paper: (222, 971)),
            PaperFilter(
                name: "4: IP, ARP or RARP, horse and gauguin",
                expression: "host \(address(horse)) and host \(address(gauguin))", stack: between(horse, gauguin),
                paper: (129, 2330)),
        ]
    }

    private static let ip = StackProgram([(.word(6), .nop), (.literal(0x800), .eq)])

    private static func ipHost(_ host: UInt32) -> StackProgram {
        StackProgram(
            [(.word(6), .nop), (.literal(0x800), .cand)] + equal(host, at: 13) + equal(host, at: 15)
                + [(.nothing, .or)])
    }

    /// Not a fragment but the first; then each port is looked up anew, behind a header of any length.
    private static let tcpPorts: StackProgram = {
        let isTCP: [(Push, Combine)] = [
            (.word(6), .nop), (.literal(0x800), .cand),
            (.word(11), .nop), (.literal(0xff), .and), (.literal(6), .cand),
            (.word(10), .nop), (.literal(0x1fff), .and), (.zero, .cand),
        ]
        let ports: [UInt16] = [79, 53, 513, 514]
        let tests = ports.flatMap { port in
            [0, 1].flatMap { side in [(Push.headerWord(side), Combine.nop), (.literal(port), .cor)] }
        }
        return StackProgram(isTCP + tests + [(.zero, .nop)])
    }()

    /// The tree of the paper's figure 5 and 6: three kinds of packet, each with its two addresses, all evaluated always.
    private static func between(_ one: UInt32, _ other: UInt32) -> StackProgram {
        let kinds: [(type: UInt16, source: Int, target: Int)] = [(0x800, 13, 15), (0x806, 14, 19), (0x8035, 14, 19)]
        let branches = kinds.map { kind in
            [(Push.word(6), Combine.nop), (.literal(kind.type), .eq)]
                + equal(one, at: kind.source) + equal(other, at: kind.target) + [(.nothing, .and)]
                + equal(other, at: kind.source) + equal(one, at: kind.target) + [(.nothing, .and)]
                + [(.nothing, .or), (.nothing, .and)]
        }
        return StackProgram(branches[0] + branches[1] + [(.nothing, .or)] + branches[2] + [(.nothing, .or)])
    }

    /// Two comparisons and a conjunction for one address: words have 16 bits.
    private static func equal(_ address: UInt32, at word: Int) -> [(Push, Combine)] {
        [
            (.word(word), .nop), (.literal(UInt16(address >> 16)), .eq),
            (.word(word + 1), .nop), (.literal(UInt16(address & 0xffff)), .eq), (.nothing, .and),
        ]
    }

    private static func address(_ host: UInt32) -> String {
        [24, 16, 8, 0].map { String(host >> UInt32($0) & 0xff) }.joined(separator: ".")
    }
}
