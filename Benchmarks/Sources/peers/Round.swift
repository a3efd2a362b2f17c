import Foundation
import Traffic

/// What is sent: how many frames, of which sizes, how fast.
struct Load {
    var name: String
    var sizes: ClosedRange<Int>
    /// Frames in a second; nil: as many as possible.
    var rate: Double?
    var frames: UInt64

    static func all(frames: UInt64) -> [Load] {
        let sizes = [
            ("64", 64...64), ("256", 256...256), ("512", 512...512), ("1500", 1500...1500), ("64-1500", 64...1500),
        ]
        return [200_000, nil].flatMap { rate in
            sizes.map { Load(name: $0.0, sizes: $0.1, rate: rate, frames: frames) }
        }
    }
}

/// One program capturing one load on a veth pair of its own.
struct Round {
    /// Frames in the second that the sender reached.
    var rate: Double
    /// Packets in the files, by capinfos.
    var captured: UInt64
    /// Microseconds on a processor for each of them.
    var cost: Double
    /// MiB.
    var peakMemory: Double

    init(_ peer: Peer, _ load: Load) throws {
        let folder = FileManager.default.currentDirectoryPath + "/peers-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let link = try VethPair("hfp0", "hfp1")
        try peer.prepare(link.far, folder)
        let process = try ChildProcess(
            peer.program, peer.arguments(link.far, folder), output: folder + "/output", errors: folder + "/errors")
        // All of them say that they are ready in words of their own; a packet socket on the interface says it for all.
        Thread.sleep(forTimeInterval: 1.5)
        let before = Usage(of: process.id)
        let sent = try Generator(FrameSequence(sizes: load.sizes), on: link.near, rate: load.rate).send(0..<load.frames)
        Thread.sleep(forTimeInterval: 1.5)
        let after = Usage(of: process.id)
        kill(process.id, SIGINT)
        _ = process.wait()
        captured = try Round.count(in: folder)
        rate = sent.rate
        cost = (after.seconds - before.seconds) * 1e6 / Double(max(captured, 1))
        peakMemory = after.peakMemory
    }

    /// The packets in every capture file below a folder, by capinfos.
    private static func count(in folder: String) throws -> UInt64 {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let files = names.filter { $0.hasSuffix(".pcap") }.map { "\(folder)/\($0)" }
        guard !files.isEmpty else { return 0 }
        let output = try Command.run("capinfos", ["-M", "-T", "-r", "-c"] + files).output
        return output.split(separator: "\n").compactMap { $0.split(separator: "\t").last.flatMap { UInt64($0) } }
            .reduce(0, +)
    }
}
