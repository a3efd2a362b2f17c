// peers: Holdfast and the programs it replaces, one after the other with the same traffic.
//
// Each round sends the same frames over a new veth pair to each program in turn, so that other load on the machine
// affects all of them alike. The table has medians over the rounds, and medians of the ratios within each round. Run
// it in a private network namespace, in a folder on the disk under test: make peers.

import Foundation
import Measuring

@main
struct Peers {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        guard let daemon = arguments.popFirst(), ProcessInfo.processInfo.environment["HOLDFAST_PRIVATE_NETWORK"] != nil
        else {
            print("usage: Tests/in-private-network peers HOLDFASTD [ROUNDS [FRAMES [SIZE|SIZE@RATE|SIZE@full...]]]")
            exit(64)
        }
        let rounds = arguments.popFirst().flatMap { Int($0) } ?? 3
        let frames = arguments.popFirst().flatMap { UInt64($0) } ?? 1_000_000
        let loads = Load.all(frames: frames).filter { load in
            arguments.isEmpty || arguments.contains(load.name) || arguments.contains("\(load.name)@\(load.speed)")
        }
        let environment = ProcessInfo.processInfo.environment
        let peers = Peer.installed(
            daemon: daemon, earlier: environment["HOLDFAST_BEFORE"].flatMap { $0.isEmpty ? nil : $0 },
            names: (environment["HOLDFAST_PEERS"] ?? "").split(separator: " "))
        print("\(Surroundings.description); \(frames) frames, \(rounds) rounds\n")
        let columns = ["bytes", "offered/s", "program", "in the files", "lost", "µs/packet", "ratio", "peak MiB"]
        print(Table(columns), terminator: "")
        for load in loads { try run(load, peers, rounds: rounds) }
    }

    /// Prints the rows of one load.
    private static func run(_ load: Load, _ peers: [Peer], rounds count: Int) throws {
        var alone: [Round] = []
        var results: [[Round]] = peers.map { _ in [] }
        for round in 0..<count {
            alone.append(try Round(load))
            // Each round begins with another program.
            for turn in peers.indices {
                let index = (round + turn) % peers.count
                results[index].append(try Round(peers[index], load))
            }
        }
        let rate = alone.map(\.rate).median.text(0)
        print(Table.row([load.name, rate, "(no capture)", "", "", "", "", ""]), terminator: "")
        for (peer, rounds) in zip(peers, results) {
            let captured = rounds.map { Double($0.captured) }.median
            let lost = max(0, 1 - captured / Double(load.frames)) * 100
            let ratio = zip(rounds, results[0]).map { $0.cost / $1.cost }.median
            let row = [
                load.name, rounds.map(\.rate).median.text(0), peer.name, captured.text(0), lost.text(1) + " %",
                rounds.map(\.cost).median.text(3), ratio.text(2), rounds.map(\.peakMemory).median.text(0),
            ]
            print(Table.row(row), terminator: "")
        }
    }
}
