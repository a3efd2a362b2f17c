// formats: the cost of each file format, and of compression.
//
// Each round sends the same frames over a new veth pair to Holdfast once for each format, in turn. The table has
// medians over the rounds, and medians of the ratios within each round. Run it in a private network namespace, in a
// folder on the disk under test: make formats.

import Capturing
import Foundation
import Measuring
import Traffic

@main
struct Formats {
    /// The keys of a capture that select the format.
    static let formats = [
        "format: pcap", "format: pcapng", "format: pcap, compress: zstd", "format: pcapng, compress: zstd",
    ]

    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        guard let daemon = arguments.popFirst(), ProcessInfo.processInfo.environment["HOLDFAST_PRIVATE_NETWORK"] != nil
        else {
            print("usage: Tests/in-private-network formats HOLDFASTD [ROUNDS [FRAMES [SIZE...]]]")
            exit(64)
        }
        let rounds = arguments.popFirst().flatMap { Int($0) } ?? 5
        let frames = arguments.popFirst().flatMap { UInt64($0) } ?? 400_000
        let sizes = arguments.isEmpty ? [64, 1500] : arguments.compactMap { Int($0) }
        print("\(Surroundings.description); \(frames) frames, \(rounds) rounds\n")
        let columns = ["bytes", "format", "in the files", "lost", "µs/packet", "ratio", "MiB on the disk"]
        print(Table(columns), terminator: "")
        for size in sizes {
            var results: [[Round]] = formats.map { _ in [] }
            for round in 0..<rounds {
                // Each round begins with another format.
                for turn in formats.indices {
                    let index = (round + turn) % formats.count
                    results[index].append(try Round(daemon, formats[index], frames, size: size))
                }
            }
            for (format, rounds) in zip(formats, results) {
                let captured = rounds.map { Double($0.captured) }.median
                let lost = max(0, 1 - captured / Double(frames)) * 100
                let ratio = zip(rounds, results[0]).map { $0.cost / $1.cost }.median
                let row = [
                    "\(size)", format, captured.text(0), lost.text(1) + " %", rounds.map(\.cost).median.text(3),
                    ratio.text(2), rounds.map(\.size).median.text(1),
                ]
                print(Table.row(row), terminator: "")
            }
        }
    }
}

/// One format with one load, on a veth pair of its own.
struct Round {
    /// Packets in the files, and the size of the files in MiB.
    var captured: UInt64
    var size: Double
    /// Microseconds of processor time per packet.
    var cost: Double

    /// Runs a capture of 200,000 frames per second.
    init(_ daemon: String, _ format: String, _ frames: UInt64, size: Int) throws {
        let files = try CaptureFiles()
        let link = try VethPair("hff0", "hff1")
        let text = "directory: \(files.path)\ncaptures: { all: { interface: \(link.far), \(format) } }\n"
        let configuration = files.path + "/holdfast.yaml"
        try text.write(toFile: configuration, atomically: false, encoding: .utf8)
        let process = try CaptureProcess(daemon, ["--config", configuration], in: files.path)
        try CaptureProcess.wait(for: [process], on: link.far)
        let before = process.usage.seconds
        _ = try Sender.send(frames, of: FrameSequence(sizes: size...size), on: link, rate: 200_000)
        Thread.sleep(forTimeInterval: 1.5)
        let used = process.usage.seconds - before
        process.stop()
        captured = try files.packets(inNamesWith: "all-")
        cost = used * 1e6 / Double(max(captured, 1))
        let bytes = files.all.filter { $0.contains("/all/") }.map { path in
            (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
        }
        self.size = Double(bytes.reduce(0, +)) / Double(1 << 20)
    }
}
