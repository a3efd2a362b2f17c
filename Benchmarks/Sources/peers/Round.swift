import Capturing
import Foundation
import Measuring
import Traffic

/// The frames to send: their number, sizes and rate.
struct Load {
    var name: String
    var sizes: ClosedRange<Int>
    /// Frames per second; nil means as many as possible.
    var rate: Double?
    var frames: UInt64

    var speed: String { rate?.text(0) ?? "full" }

    /// A rate that every program sustains, a typical rate of small packets, and the maximum rate.
    static func all(frames: UInt64) -> [Load] {
        let sizes = [
            ("64", 64...64), ("256", 256...256), ("512", 512...512), ("1500", 1500...1500), ("64-1500", 64...1500),
        ]
        return sizes.flatMap { name, sizes in
            [200_000, sizes.upperBound == 64 ? 400_000 : 200_000, nil].uniqued.map { rate in
                Load(name: name, sizes: sizes, rate: rate, frames: frames)
            }
        }
    }
}

extension [Double?] {
    fileprivate var uniqued: [Double?] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

/// One program that captures one load on a veth pair of its own.
struct Round {
    /// Frames sent before the measurement, at a rate at which no program loses any.
    private static let warmUp: UInt64 = 200_000

    /// Frames per second that the sender reached.
    var rate: Double
    /// Packets in the files, without the warm-up.
    var captured: UInt64 = 0
    /// Microseconds of processor time per captured packet.
    var cost = Double.nan
    /// Maximum memory in MiB.
    var peakMemory = Double.nan

    init(_ peer: Peer, _ load: Load) throws {
        let files = try CaptureFiles()
        let link = try VethPair("hfp0", "hfp1")
        try peer.prepare(link.far, files.path)
        let process = try CaptureProcess(peer.program, peer.arguments(link.far, files.path), in: files.path)
        try CaptureProcess.wait(for: [process], on: link.far)
        let frames = FrameSequence(sizes: load.sizes)
        // The first use of memory costs more, and programs like these run for years.
        _ = try Sender.send(Round.warmUp, of: frames, on: link, rate: 200_000)
        Thread.sleep(forTimeInterval: 0.2)
        let before = process.usage
        rate = try Sender.send(load.frames, of: frames, on: link, rate: load.rate).rate
        Thread.sleep(forTimeInterval: peer.ending.after)
        let after = process.usage
        process.stop(peer.ending.signal)
        captured = try peer.count(files)
        captured -= min(captured, Round.warmUp)
        cost = (after.seconds - before.seconds) * 1e6 / Double(max(captured, 1))
        peakMemory = after.peak
    }

    /// Measures the sender without a capture.
    init(_ load: Load) throws {
        let link = try VethPair("hfp0", "hfp1")
        rate = try Sender.send(load.frames, of: FrameSequence(sizes: load.sizes), on: link, rate: load.rate).rate
    }
}
