// many-captures: what many filters on one interface cost the host, and the daemon.
//
// The first part goes in rounds: the same frames, which no filter wants, without a capture, beside one daemon with 32
// captures, and beside 32 tcpdumps with the same filters. The second adds captures to the daemon, for frames that none wants
// and for frames that one each wants. Run it in a private network namespace, in a folder on the disk that is to be written
// to: make many-captures.

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
