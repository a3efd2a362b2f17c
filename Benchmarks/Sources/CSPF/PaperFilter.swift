/// The four filters of the paper's figure 8.
///
/// Each is a tree for the stack machine and an expression for pcap-filter(7), with its costs in 1993.
public struct PaperFilter: Sendable {
    public let name: String
    public let expression: String
    public let stack: StackProgram
    /// The paper's mean number of processor instructions per packet.
    public let paper: (bpf: Double, cspf: Double)

    /// The filters, with two hosts of the available traffic instead of the paper's "horse" and "gauguin".
    public static func all(_ horse: IPv4Address, _ gauguin: IPv4Address) -> [PaperFilter] {
        [
            PaperFilter(name: "1: IP", expression: "ip", stack: ip, paper: (62, 96)),
            PaperFilter(
                name: "2: IP, from or to horse", expression: "ip host \(horse)", stack: ipHost(horse),
                paper: (160, 549)),
            PaperFilter(
                name: "3: TCP, finger, domain, login or shell",
                expression: "ip and tcp and (port 79 or port 53 or port 513 or port 514)", stack: tcpPorts,
                paper: (222, 971)),
            PaperFilter(
                name: "4: IP, ARP or RARP between horse and gauguin",
                expression: "host \(horse) and host \(gauguin)", stack: between(horse, gauguin), paper: (129, 2330)),
        ]
    }

    private static let ip = StackProgram([.push(.word(6)), .push(.literal(0x800), then: .eq)])

    private static func ipHost(_ host: IPv4Address) -> StackProgram {
        StackProgram(
            [.push(.word(6)), .push(.literal(0x800), then: .cand)] + equal(host, at: 13) + equal(host, at: 15)
                + [.apply(.or)])
    }

    /// Each leaf loads the port again, after a header of any length; only a first fragment matches. Source ports come
    /// first, because a packet can be truncated between the two.
    private static let tcpPorts: StackProgram = {
        let isTCP: [StackInstruction] = [
            .push(.word(6)), .push(.literal(0x800), then: .cand),
            .push(.word(11)), .push(.literal(0xff), then: .and), .push(.literal(6), then: .cand),
            .push(.word(10)), .push(.literal(0x1fff), then: .and), .push(.zero, then: .cand),
        ]
        let ports: [UInt16] = [79, 53, 513, 514]
        let tests: [StackInstruction] = [0, 1].flatMap { side in
            ports.flatMap { [.push(.headerWord(side)), .push(.literal($0), then: .cor)] }
        }
        return StackProgram(isTCP + tests + [.push(.zero)])
    }()

    /// The tree of the paper's figures 5 and 6: three kinds of packet, each with its two addresses, always evaluated
    /// completely. It therefore rejects packets shorter than 42 bytes, where the addresses of an ARP packet end.
    private static func between(_ one: IPv4Address, _ other: IPv4Address) -> StackProgram {
        let kinds: [(type: UInt16, source: UInt16, target: UInt16)] = [
            (0x800, 13, 15), (0x806, 14, 19), (0x8035, 14, 19),
        ]
        let branches = kinds.map { kind -> [StackInstruction] in
            [.push(.word(6)), .push(.literal(kind.type), then: .eq)]
                + equal(one, at: kind.source) + equal(other, at: kind.target) + [.apply(.and)]
                + equal(other, at: kind.source) + equal(one, at: kind.target) + [.apply(.and)]
                + [.apply(.or), .apply(.and)]
        }
        return StackProgram(branches[0] + branches[1] + [.apply(.or)] + branches[2] + [.apply(.or)])
    }

    /// Two comparisons and a conjunction for one address, because words have 16 bits.
    private static func equal(_ address: IPv4Address, at word: UInt16) -> [StackInstruction] {
        [
            .push(.word(word)), .push(.literal(UInt16(address.number >> 16)), then: .eq),
            .push(.word(word + 1)), .push(.literal(UInt16(address.number & 0xffff)), then: .eq),
            .apply(.and),
        ]
    }
}

/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    let number: UInt32

    public init(_ number: UInt32) { self.number = number }

    public var description: String {
        [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xff) }.joined(separator: ".")
    }
}
