import Capturing
import Foundation
import Measuring
import Traffic

/// The daemon with a growing number of captures.
struct Growth {
    let daemon: String
    let frames: UInt64
    private static let counts = [1, 4, 16, 64, 256]

    init(daemon: String, frames: UInt64) { (self.daemon, self.frames) = (daemon, frames) }

    /// One run: frames per second, the daemon's processor time per frame in nanoseconds, the share of frames missing
    /// in its files, and its memory in MiB before and after.
    private struct Run {
        var (rate, cost, lost, idle, own) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var taps = 0
    }

    func run(rounds: Int) throws {
        var (alone, rejected, accepted): ([Double], [[Run]], [[Run]]) = ([], [], [])
        for _ in 0..<rounds {
            let link = try VethPair("hfm0", "hfm1")
            alone.append(try Sender.send(frames, of: FrameSequence(sizes: 64...64), on: link).rate)
            rejected.append(try Growth.counts.map { try reject($0, on: link) })
            accepted.append(try Growth.counts.map { try accept($0, on: link) })
        }
        print("Without a capture: \(alone.median.text(0)) frames/s.")
        print("The ring, of 64 MiB, is not in the daemon's own memory.\n")
        var table = Table([
            "captures", "taps", "rejected: frames/s", "daemon: ns", "own MiB", "accepted: frames/s", "daemon: ns",
            "lost", "own MiB then",
        ])
        for (place, count) in Growth.counts.enumerated() {
            let (out, into) = (rejected.map { $0[place] }, accepted.map { $0[place] })
            func median(_ runs: [Run], digits: Int = 1, _ figure: (Run) -> Double) -> String {
                runs.map(figure).median.text(digits)
            }
            table.append([
                "\(count)", "\(out[0].taps), \(into[0].taps)", median(out, digits: 0, \.rate), median(out, \.cost),
                median(out, \.idle), median(into, digits: 0, \.rate), median(into, \.cost),
                median(into) { $0.lost * 100 } + " %", median(into, \.own),
            ])
        }
        print(table, terminator: "")
    }

    private func reject(_ count: Int, on link: borrowing VethPair) throws -> Run {
        try run(Filters.others(count), FrameSequence(sizes: 64...64), on: link, isWanted: false)
    }

    private func accept(_ count: Int, on link: borrowing VethPair) throws -> Run {
        let ports = (0..<count).map { UInt16(9000 + $0) }
        return try run(Filters.ports(ports), FrameSequence(sizes: 64...64, ports: ports), on: link, isWanted: true)
    }

    private func run(
        _ filters: [String], _ sequence: FrameSequence, on link: borrowing VethPair, isWanted: Bool
    ) throws -> Run {
        let holdfast = try Holdfast(daemon, filters: filters, on: link)
        let before = holdfast.process.usage
        var run = Run()
        run.taps = holdfast.taps
        run.rate = try Sender.send(frames, of: sequence, on: link).rate
        // Time for the packets in the ring and the buffers.
        if isWanted { Thread.sleep(forTimeInterval: 1.5) }
        let after = holdfast.process.usage
        run.cost = (after.seconds - before.seconds) * 1e9 / Double(frames)
        (run.idle, run.own) = (before.own, after.own)
        holdfast.process.stop()
        if isWanted { run.lost = 1 - Double(try holdfast.files.packets(inNamesWith: ".pcap")) / Double(frames) }
        return run
    }
}
