import BPF
import CPcap
import CSPF
import Measuring
import Pcap

/// What one of the filters costs, on average for each packet.
struct Measurement {
    let filter: PaperFilter
    let accepted: Int
    let packetCount: Int
    /// Instructions of the machines.
    let instructions: (bpf: Double, cspf: Double)
    /// Times of the runners 0: our interpreter, 1: libpcap's, 2: the stack machine.
    let race: Race

    /// Fails when two of the machines have different opinions about a packet.
    init(_ filter: PaperFilter, on packets: SavedPackets) throws {
        self.filter = filter
        packetCount = packets.packets.count
        let program = try ExpressionCompiler(dataLinkType: packets.linkType.dataLinkType).compile(filter.expression)
        let verified = try VerifiedProgram(program)
        let (interpreter, libpcap) = (Interpreter(verified), LibpcapFilter(program))

        var (bpf, cspf, index) = (0, 0, 0)
        var differing: Int?
        accepted = packets.count { packet, wireLength in
            var machine = Machine(verified)
            while machine.verdict == nil { machine.step(on: packet, wireLength: wireLength, metadata: .init()) }
            let isAccepted = machine.verdict != 0
            let others = [
                interpreter.run(packet, wireLength: wireLength) != 0, libpcap.accepts(packet, wireLength),
                filter.stack.accepts(packet),
            ]
            index += 1
            if others.contains(!isAccepted) { differing = differing ?? index }
            bpf += machine.count
            cspf += filter.stack.instructionCount(packet)
            return isAccepted
        }
        if let differing { throw Failure("\(filter.name): the machines do not agree about packet \(differing)") }
        instructions = (Double(bpf) / Double(packetCount), Double(cspf) / Double(packetCount))

        // Enough repetitions that a turn takes some milliseconds.
        let repetitions = max(1, 200_000 / packetCount)
        func repeated(_ run: @escaping () -> Int) -> () -> Int {
            { (0..<repetitions).reduce(0) { sum, _ in sum + run() } }
        }
        race = try Race(
            rounds: 41, units: repetitions * packetCount,
            [
                repeated { packets.count { interpreter.run($0, wireLength: $1) != 0 } },
                repeated { packets.count { libpcap.accepts($0, $1) } },
                repeated { packets.count { packet, _ in filter.stack.accepts(packet) } },
            ])
    }

    static func instructionTable(_ results: [Measurement]) -> Table {
        var table = Table([
            "filter", "accepted", "BPF instructions", "CSPF instructions", "CSPF/BPF", "paper: BPF", "CSPF", "CSPF/BPF",
        ])
        for result in results {
            let (here, paper) = (result.instructions, result.filter.paper)
            table.append([
                result.filter.name, (100 * Double(result.accepted) / Double(result.packetCount)).text(1) + " %",
                here.bpf.text(1), here.cspf.text(1), (here.cspf / here.bpf).text(2),
                paper.bpf.text(0), paper.cspf.text(0), (paper.cspf / paper.bpf).text(2),
            ])
        }
        return table
    }

    static func timeTable(_ results: [Measurement]) -> Table {
        var table = Table([
            "filter", "BPF, Holdfast: ns", "BPF, libpcap: ns", "CSPF: ns", "CSPF/Holdfast", "CSPF/libpcap",
            "libpcap/Holdfast", "paper: CSPF/BPF",
        ])
        for result in results {
            let (race, paper) = (result.race, result.filter.paper)
            table.append([
                result.filter.name, race.time(of: 0).text(1), race.time(of: 1).text(1), race.time(of: 2).text(1),
                race.ratio(2, to: 0).text(2), race.ratio(2, to: 1).text(2), race.ratio(1, to: 0).text(2),
                (paper.cspf / paper.bpf).text(2),
            ])
        }
        return table
    }
}
