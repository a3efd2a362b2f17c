// figure-8 CAPTURE...: the paper's figure 8 again. Its four filters over real traffic, by BPF and by the stack machine that BPF
// replaced: how many instructions a packet takes, and how long. `make figure-8 CAPTURES='...'` runs it.
//
// The paper counted the processor's instructions. Here are counted the machines' own, and nanoseconds: of our interpreter, of
// libpcap's, which is the paper's switch statement still, and of the stack machine, all in one process on the same packets.

import CSPF
import Foundation
import Measuring

@main struct Figure8 {
    static func main() {
        let paths = CommandLine.arguments.dropFirst()
        guard !paths.isEmpty else {
            print("usage: figure-8 CAPTURE...")
            exit(64)
        }
        do {
            print(try report(on: try SavedPackets(paths)))
        } catch {
            print("nothing was measured: \(error)")
            exit(1)
        }
    }

    /// All is measured before anything is printed: a difference of verdicts leaves no table behind.
    private static func report(on packets: SavedPackets) throws -> String {
        let hosts = packets.busiestHosts(2)
        guard hosts.count == 2 else { throw Failure("the captures have fewer than two IPv4 addresses") }
        let results = try PaperFilter.all(hosts[0], hosts[1]).map { try Measurement($0, on: packets) }
        return """
            \(Surroundings.description)
            \(packets.packets.count) packets; horse is \(hosts[0]), gauguin is \(hosts[1])

            \(Measurement.instructionTable(results))
            \(Measurement.timeTable(results))
            """
    }
}
