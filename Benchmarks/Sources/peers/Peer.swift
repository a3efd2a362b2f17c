import Capturing
import Foundation
import Traffic

/// A capture program, and its command line to write all packets of one interface to files in a folder.
struct Peer: Sendable {
    let name: String
    /// The name of the program; its path once it is found.
    var program: String
    /// The arguments for an interface and a folder.
    let arguments: @Sendable (_ interface: String, _ folder: String) -> [String]
    /// Creates files that the program requires.
    var prepare: @Sendable (_ interface: String, _ folder: String) throws -> Void = { _, _ in }
    /// The signal that ends the program, and the seconds between the last packet and the signal.
    var ending: (signal: Int32, after: Double) = (SIGINT, 1.5)
    /// The number of packets in its files.
    var count: @Sendable (borrowing CaptureFiles) throws -> UInt64 = { try $0.packets(inNamesWith: "all") }

    /// The installed programs, Holdfast first. Prints the names of the others. `earlier` is the program of another
    /// build of Holdfast, to compare with; `names` limits the programs, unless it is empty.
    static func installed(daemon: String, earlier: String?, names: [Substring]) -> [Peer] {
        let other = earlier.map { [holdfast($0, named: "holdfast (before)")] } ?? []
        let others =
            other
            + [copyLoop, stenotype, tcpdump, dumpcap, netsniff, daemonlogger].filter { peer in
                names.isEmpty || names.contains { $0 == peer.name }
            }
        return ([holdfast(daemon)] + others).compactMap { peer in
            var peer = peer
            guard let path = Command.path(of: peer.program) else {
                print("SKIPPED: \(peer.name): \(peer.program) is not installed")
                return nil
            }
            peer.program = path
            return peer
        }
    }

    /// Holdfast with its default settings.
    private static func holdfast(_ daemon: String, named name: String = "holdfast") -> Peer {
        Peer(
            name: name, program: daemon, arguments: { ["--config", "\($1)/holdfast.yaml"] },
            prepare: { interface, folder in
                let text = "directory: \(folder)\ncaptures: { all: { interface: \(interface) } }\n"
                try text.write(toFile: "\(folder)/holdfast.yaml", atomically: false, encoding: .utf8)
            })
    }

    /// The minimum of a capture program, see `copy-loop`. It is no program for real use. Costs beyond it are
    /// Holdfast's own.
    private static let copyLoop = Peer(
        name: "(copy-loop)",
        program: (CommandLine.arguments[0] as NSString).deletingLastPathComponent + "/copy-loop",
        arguments: { [$0, "\($1)/all.pcap"] })

    // Each program has a ring or buffer of 64 MiB, as Holdfast has, if it has an option for it. All run as root,
    // because changing the user is not measured.

    private static let tcpdump = Peer(
        name: "tcpdump", program: "tcpdump",
        arguments: { ["-i", $0, "-n", "-B", "65536", "-Z", "root", "-w", "\($1)/all.pcap"] })
    private static let dumpcap = Peer(
        name: "dumpcap", program: "dumpcap",
        arguments: { ["-i", $0, "-q", "-P", "-B", "64", "-w", "\($1)/all.pcap"] })
    private static let netsniff = Peer(
        name: "netsniff-ng", program: "netsniff-ng",
        arguments: { ["--in", $0, "--out", "\($1)/all.pcap", "--silent", "--ring-size", "64MiB"] })
    private static let daemonlogger = Peer(
        name: "daemonlogger", program: "daemonlogger",
        arguments: { ["-i", $0, "-l", $1, "-n", "all", "-S", "65535"] })

    /// Stenographer's capture process. It writes blocks of its ring unchanged, and ends only when packets arrive. It
    /// therefore gets extra time to write the last block, and is killed.
    private static let stenotype = Peer(
        name: "stenotype", program: "stenotype",
        arguments: {
            [
                "--iface=\($0)", "--dir=\($1)", "--no_index", "--blocks=64", "--aiops=32", "--blockage_sec=1",
                "--seccomp=none", "--uid=root", "--gid=root",
            ]
        },
        prepare: { _, folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/PKT0", withIntermediateDirectories: false)
        },
        ending: (SIGKILL, 3),
        count: { files in
            try files.all.filter { $0.contains("/PKT0/") }.map { try RingBlocks.packets(in: $0) }.reduce(0, +)
        })
}
