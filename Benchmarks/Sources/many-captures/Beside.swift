import Capturing
import Foundation
import Measuring
import Traffic

/// The sender without a capture, beside a daemon with 32 captures, and beside 32 tcpdumps.
struct Beside {
    let daemon: String
    let frames: UInt64
    private let filters = Filters.others(32)
    private let sequence = FrameSequence(sizes: 64...64)

    init(daemon: String, frames: UInt64) { (self.daemon, self.frames) = (daemon, frames) }

    /// One round: frames per second, and the daemon's processor time in milliseconds.
    private struct Round {
        var (alone, holdfast, tcpdumps, milliseconds) = (0.0, 0.0, 0.0, 0.0)
    }

    func run(rounds count: Int) throws {
        guard let tcpdump = Command.path(of: "tcpdump") else {
            return print("SKIPPED: 32 captures beside 32 tcpdumps: tcpdump is not installed")
        }
        let rounds = try (0..<count).map { _ in try round(tcpdump) }
        var table = Table([
            "round", "no capture: frames/s", "holdfastd, 32 captures", "32 tcpdumps", "of no capture", "of tcpdumps'",
            "daemon: ms",
        ])
        for (number, round) in rounds.enumerated() { table.append(row("\(number + 1)", [round])) }
        table.append(row("median", rounds))
        print(table, terminator: "")
    }

    private func row(_ name: String, _ rounds: [Round]) -> [String] {
        func median(_ figure: (Round) -> Double, _ digits: Int) -> String { rounds.map(figure).median.text(digits) }
        return [
            name, median(\.alone, 0), median(\.holdfast, 0), median(\.tcpdumps, 0),
            median({ $0.holdfast / $0.alone }, 2), median({ $0.holdfast / $0.tcpdumps }, 2), median(\.milliseconds, 2),
        ]
    }

    private func round(_ tcpdump: String) throws -> Round {
        var round = Round()
        let link = try VethPair("hfm0", "hfm1")
        round.alone = try Sender.send(frames, of: sequence, on: link).rate
        do {
            let holdfast = try Holdfast(daemon, filters: filters, on: link)
            let before = holdfast.process.usage.seconds
            round.holdfast = try Sender.send(frames, of: sequence, on: link).rate
            round.milliseconds = (holdfast.process.usage.seconds - before) * 1000
            holdfast.process.stop()
        }
        do {
            let files = try CaptureFiles()
            let processes = try filters.enumerated().map { index, filter in
                let words = ["-i", link.far, "-Z", "root", "-w", "\(files.path)/\(index).pcap", filter]
                return try CaptureProcess(tcpdump, words, in: files.path)
            }
            try CaptureProcess.wait(for: processes, on: link.far)
            round.tcpdumps = try Sender.send(frames, of: sequence, on: link).rate
            for process in processes { process.stop() }
        }
        return round
    }
}
