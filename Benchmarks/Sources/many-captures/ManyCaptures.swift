// many-captures: the cost of many filters on one interface, for the host and for the daemon.
//
// The first part runs in rounds. It sends the same frames, which no filter accepts, without a capture, beside one
// daemon with 32 captures, and beside 32 tcpdumps with the same filters. The second part adds captures to the daemon,
// for frames that no capture wants and for frames that one capture each wants. Run it in a private network namespace,
// in a folder on the disk under test: make many-captures.

import Foundation
import Measuring

@main
struct ManyCaptures {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let daemon = arguments.first, ProcessInfo.processInfo.environment["HOLDFAST_PRIVATE_NETWORK"] != nil
        else {
            print("usage: Tests/in-private-network many-captures HOLDFASTD [ROUNDS [FRAMES]]")
            exit(64)
        }
        let numbers = arguments.dropFirst().map { UInt64($0) ?? 0 } + [0, 0]
        let (rounds, frames) = (numbers[0] == 0 ? 5 : Int(numbers[0]), numbers[1] == 0 ? 2_000_000 : numbers[1])
        print("\(Surroundings.description); frames of 64 bytes, \(frames) at a time, \(rounds) rounds\n")
        try Beside(daemon: daemon, frames: frames).run(rounds: rounds)
        print("")
        try Growth(daemon: daemon, frames: frames).run(rounds: rounds)
    }
}
