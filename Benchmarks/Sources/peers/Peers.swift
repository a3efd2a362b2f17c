// peers: Holdfast and the programs it replaces, one after the other on the same traffic.
//
// Every round sends the same frames over a new veth pair to each program in turn, so that whatever else the machine does
// hits all of them alike; the table has medians over the rounds. Run it in a private network namespace: make peers.

import Foundation

@main
struct Peers {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        guard let daemon = arguments.popFirst(), ProcessInfo.processInfo.environment["HOLDFAST_PRIVATE_NETWORK"] != nil
        else {
            print("usage: Tests/in-private-network peers HOLDFASTD [ROUNDS [FRAMES [SIZE...]]]")
            exit(64)
        }
        let rounds = arguments.popFirst().flatMap { Int($0) } ?? 3
        let frames = arguments.popFirst().flatMap { UInt64($0) } ?? 1_000_000
        let loads = Load.all(frames: frames).filter { arguments.isEmpty || arguments.contains($0.name) }
        let peers = Peer.installed(daemon: daemon)
        print("| bytes | offered/s | program | in the files | lost | µs/packet | ratio | peak MiB |")
        print("|---|---|---|---|---|---|---|---|")
        for load in loads {
            var results: [[Round]] = peers.map { _ in [] }
            for _ in 0..<rounds {
                for (index, peer) in peers.enumerated() { results[index].append(try Round(peer, load)) }
            }
            let ours = median(results[0].map(\.cost))
            for (peer, rounds) in zip(peers, results) {
                let captured = median(rounds.map { Double($0.captured) })
                let (cost, lost) = (median(rounds.map(\.cost)), max(0, 1 - captured / Double(frames)))
                let row = [
                    load.name, format(median(rounds.map(\.rate)), 0), peer.name, format(captured, 0),
                    format(lost * 100, 1) + " %", format(cost, 3), format(cost / ours, 1),
                    format(median(rounds.map(\.peakMemory)), 0),
                ]
                print("| " + row.joined(separator: " | ") + " |")
            }
        }
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func format(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
