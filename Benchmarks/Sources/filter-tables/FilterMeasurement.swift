import BPF
import CSPF
import Measuring
import Pcap

/// The average cost of one filter per packet.
struct FilterMeasurement {
    let name: String
    /// The filter of the paper; nil for another filter.
    let stack: PaperFilter?
    let accepted: Int
    let packetCount: Int
    /// Executed instructions of the machines.
    let instructions: (bpf: Double, cspf: Double)
    /// Times of the runners. 0: Holdfast's interpreter; 1: libpcap's interpreter; 2: the stack machine.
    let race: Race

    /// Measures a filter. Throws if two of the machines disagree about a packet.
    init(_ name: String, _ expression: String, stack: PaperFilter? = nil, on packets: SavedPackets) throws {
        (self.name, self.stack, packetCount) = (name, stack, packets.count)
        let program = try ExpressionCompiler(dataLinkType: packets.linkType.dataLinkType).compile(expression)
        let verified = try VerifiedProgram(program)
        let interpreter = Interpreter(verified)
        let libpcap = LibpcapFilter(program)

        var (bpf, cspf, index) = (0, 0, 0)
        var differing: Int?
        accepted = packets.count { packet, wireLength in
            var machine = Machine(verified)
            while machine.verdict == nil { machine.step(on: packet, wireLength: wireLength, metadata: .init()) }
            let isAccepted = machine.verdict != 0
            let others = [
                interpreter.run(packet, wireLength: wireLength) != 0, libpcap.verdict(packet, wireLength) != 0,
                stack?.stack.accepts(packet) ?? isAccepted,
            ]
            index += 1
            if others.contains(!isAccepted) { differing = differing ?? index }
            bpf += machine.count
            cspf += stack?.stack.instructionCount(packet) ?? 0
            return isAccepted
        }
        if let differing { throw Failure("\(name): the machines do not agree about packet \(differing)") }
        instructions = (Double(bpf) / Double(packetCount), Double(cspf) / Double(packetCount))

        var runners: [(SavedPackets) -> Int] = [
            { $0.sum { Int(truncatingIfNeeded: interpreter.run($0, wireLength: $1)) } },
            { $0.sum { Int(truncatingIfNeeded: libpcap.verdict($0, $1)) } },
        ]
        if let stack = stack?.stack { runners.append { $0.sum { packet, _ in stack.accepts(packet) ? 262_144 : 0 } } }
        // Enough passes for a turn of several milliseconds.
        race = try Race(rounds: 41, passes: max(1, 400_000 / packetCount), over: packets, runners)
    }

    private var share: String { (100 * Double(accepted) / Double(packetCount)).text(1) + " %" }

    static func figure8(_ results: [FilterMeasurement]) -> Table {
        var table = Table([
            "filter", "accepted", "instructions: BPF", "CSPF", "CSPF/BPF", "ns: BPF", "BPF by libpcap", "CSPF",
            "CSPF/BPF",
            "CSPF/libpcap", "the paper's instructions: BPF", "CSPF", "CSPF/BPF",
        ])
        for result in results {
            guard let paper = result.stack?.paper else { continue }
            let (here, race) = (result.instructions, result.race)
            table.append([
                result.name, result.share, here.bpf.text(1), here.cspf.text(1), (here.cspf / here.bpf).text(2),
                race.time(of: 0).text(1), race.time(of: 1).text(1), race.time(of: 2).text(1),
                race.ratio(2, to: 0).text(2), race.ratio(2, to: 1).text(2),
                paper.bpf.text(0), paper.cspf.text(0), (paper.cspf / paper.bpf).text(2),
            ])
        }
        return table
    }

    /// The goal is twice the speed of libpcap's interpreter.
    var shortfall: String? {
        let ratio = race.ratio(1, to: 0)
        return ratio >= 2 ? nil : "\(name): only \(ratio.text(2)) times as fast as libpcap; the goal is 2"
    }

    static func interpreters(_ results: [FilterMeasurement]) -> Table {
        var table = Table(["filter", "accepted", "Holdfast: ns", "libpcap: ns", "libpcap/Holdfast"])
        for result in results {
            let race = result.race
            table.append([
                result.name, result.share, race.time(of: 0).text(1), race.time(of: 1).text(1),
                race.ratio(1, to: 0).text(2),
            ])
        }
        return table
    }
}
