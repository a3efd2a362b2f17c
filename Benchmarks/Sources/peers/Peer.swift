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

    /// The ones that are installed; the others are named.
    static func installed(daemon: String) -> [Peer] {
        [holdfast(daemon), tcpdump, dumpcap, netsniff].compactMap { peer in
            var peer = peer
            guard let path = Command.path(of: peer.program) else {
                print("SKIPPED: \(peer.name): \(peer.program) is not installed")
                return nil
            }
            peer.program = path
            return peer
        }
    }

    private static func holdfast(_ daemon: String) -> Peer {
        Peer(
            name: "holdfast", program: daemon, arguments: { ["--config", "\($1)/holdfast.yaml"] },
            prepare: { interface, folder in
                let text =
                    "directory: \(folder)\ncaptures: { all: { interface: \(interface), rotate: { size: 64GiB } } }\n"
                try text.write(toFile: "\(folder)/holdfast.yaml", atomically: false, encoding: .utf8)
            })
    }

    /// Each with a ring or buffer of 64 MiB, as ours has, and as root throughout: changing user is not what is measured.
    private static let tcpdump = Peer(
        name: "tcpdump", program: "tcpdump",
        arguments: { ["-i", $0, "-n", "-B", "65536", "-Z", "root", "-w", "\($1)/all.pcap"] })
    private static let dumpcap = Peer(
        name: "dumpcap", program: "dumpcap",
        arguments: { ["-i", $0, "-q", "-P", "-B", "64", "-w", "\($1)/all.pcap"] })
    private static let netsniff = Peer(
        name: "netsniff-ng", program: "netsniff-ng",
        arguments: { ["--in", $0, "--out", "\($1)/all.pcap", "--silent", "--ring-size", "64MiB"] })
}
