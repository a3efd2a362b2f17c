// LiveTests: the daemon from the view of its users. Each test starts the real program on interfaces made for the test,
// sends packets of which every byte is known, and checks the result with independent programs: libpcap, capinfos,
// tcpdump and tshark.
//
//     Live            every suite, one after the other; needs root and a network namespace of its own
//     Daemon          a running daemon: its configuration, its signals, its end
//     InstalledService  the daemon as systemd runs it, from its package
//     NotifySocket    the daemon's messages to a service manager
//     DaemonLog       the log lines and the counters in them
//     Segments        the files in a capture's folder
//     Savefile        a file as libpcap reads it
//     Inspection      a file as capinfos, tcpdump and tshark read it
//     LoopDisk        a disk that can be frozen; SilentFileSystem (Traffic) never answers
//     FrameCheck      compares packets with the sent frames
//
// Run with:  unshare -n -- swift test -c release --no-parallel --filter LiveTests

import Foundation
import Testing
import Traffic

/// The suites, one after the other, so that each has the machine for itself.
@Suite(
    .serialized, .enabled(if: Requirement.privateNetwork, "needs root under unshare -n"),
    .enabled(if: Requirement.tools, "needs ip, capinfos, tcpdump and tshark"))
enum Live {}

/// Requirements of tests on the machine. A skipped test prints the missing requirement on a line of its own.
enum Requirement {
    /// Root, in a network namespace in which only the loopback interface can be up.
    static let privateNetwork = need("root and a network namespace of its own (run under unshare -n)") {
        guard geteuid() == 0, let links = try? Command.ip("-o link show up") else { return false }
        return links.split(separator: "\n").allSatisfy { $0.contains("LOOPBACK") }
    }
    /// Duration of `make soak` in seconds; 0 in other runs.
    static let soakSeconds = ProcessInfo.processInfo.environment["HOLDFAST_SOAK"].flatMap { Int($0) } ?? 0
    static let soak = need("a time to soak (make soak)") { soakSeconds > 0 }
    static let clock = need("leave to set the machine's clock (make clock)") {
        ProcessInfo.processInfo.environment["HOLDFAST_CLOCK"] == "1"
    }
    static let tun = need("/dev/net/tun") { FileManager.default.fileExists(atPath: "/dev/net/tun") }
    static let setpriv = program("setpriv")
    static let curl = program("curl")
    /// Prometheus' own checker, from the package `prometheus`.
    static let promtool = need("the program promtool") { promtoolPath != nil }
    static let promtoolPath = ProcessInfo.processInfo.environment["PROMTOOL"] ?? Command.path(of: "promtool")
    static let (strace, prlimit, xfs) = (program("strace"), program("prlimit"), program("mkfs.xfs"))
    static let (zstd, mergecap) = (program("zstd"), program("mergecap"))
    /// Every missing program is printed.
    static let tools = ["ip", "capinfos", "tcpdump", "tshark"].map(program).allSatisfy { $0 }
    static let mount =
        program("mount")
        && need("the right to mount") { (try? Tmpfs.isPossible()) ?? false }
    static let processors = need("two processors") { ProcessInfo.processInfo.activeProcessorCount > 1 }

    /// Set by Tests/in-booted-systemd, which prints what is missing if it cannot boot.
    static let bootedSystemd = ProcessInfo.processInfo.environment["HOLDFAST_BOOTED_SYSTEMD"] != nil
    static let freezing =
        ["mkfs.ext4", "mount", "fsfreeze"].map(program).allSatisfy { $0 }
        && need("the right to mount and freeze a file system in a file") { (try? LoopDisk.isPossible()) ?? false }

    static let fuse = need("the right to mount a file system of a test's own (/dev/fuse)") {
        SilentFileSystem.isPossible()
    }

    private static func program(_ name: String) -> Bool {
        need("the program \(name)") { Command.path(of: name) != nil }
    }

    private static func need(_ what: String, _ isThere: () -> Bool) -> Bool {
        if isThere() { return true }
        print("SKIPPING live tests that need \(what): it is not there")
        return false
    }
}
