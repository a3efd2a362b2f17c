import Capturing
import Foundation
import Traffic

/// A capture program, and how it is asked to write everything on one interface into files in a folder.
struct Peer: Sendable {
    let name: String
    /// A name to look for; a path once it is found.
    var program: String
    /// For an interface and a folder.
    let arguments: @Sendable (_ interface: String, _ folder: String) -> [String]
    /// What has to be in the folder beforehand.
    var prepare: @Sendable (_ interface: String, _ folder: String) throws -> Void = { _, _ in }
    /// How it is ended, and how long after the last packet.
    var ending: (signal: Int32, after: Double) = (SIGINT, 1.5)
    /// The packets in what it wrote.
    var count: @Sendable (borrowing CaptureFiles) throws -> UInt64 = { try $0.packets(inNamesWith: "all") }

    /// The ones that are installed; the others are named.
    static func installed(daemon: String) -> [Peer] {
        [holdfast(daemon), copyLoop, stenotype, tcpdump, dumpcap, netsniff, daemonlogger].compactMap { peer in
            var peer = peer
            guard let path = Command.path(of: peer.program) else {
                print("SKIPPED: \(peer.name): \(peer.program) is not installed")
                return nil
            }
            peer.program = path
            return peer
        }
    }

    /// With every default that it has.
    private static func holdfast(_ daemon: String) -> Peer {
        Peer(
            name: "holdfast", program: daemon, arguments: { ["--config", "\($1)/holdfast.yaml"] },
            prepare: { interface, folder in
                let text = "directory: \(folder)\ncaptures: { all: { interface: \(interface) } }\n"
                try text.write(toFile: "\(folder)/holdfast.yaml", atomically: false, encoding: .utf8)
            })
    }

    /// No program that anybody would use, but the least that one can do: see `copy-loop`. What Holdfast costs beyond it is Holdfast's.
    private static let copyLoop = Peer(
        name: "(copy-loop)",
        program: (CommandLine.arguments[0] as NSString).deletingLastPathComponent + "/copy-loop",
        arguments: { [$0, "\($1)/all.pcap"] })

    // Each with a ring or buffer of 64 MiB, as Holdfast has, where it can be told; and as root throughout: changing user is not
    // what is measured.

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

    /// Stenographer's capture process. It writes blocks of its ring as they are, and ends only when packets come, so it gets a second
    /// to write the last block, and is killed.
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
