// LiveTests: the daemon as its users meet it. Each test starts the real binary on interfaces made for the test, sends
// packets of which it knows every byte, and looks at the result with other eyes: libpcap, capinfos, tcpdump, tshark.
//
//     Live            every suite, one after the other; needs root and a network namespace of its own
//     Daemon          a running daemon: its configuration, its signals, its end
//     InstalledService  the daemon as systemd runs it, from its package
//     NotifySocket    what it says to a service manager
//     DaemonLog       what it said, and the counts in it
//     Segments        the files in a capture's folder
//     Savefile        a file as libpcap reads it
//     Inspection      a file as capinfos, tcpdump and tshark read it
//     LoopDisk        a disk that can be frozen; SilentFileSystem (Traffic) never answers
//     FrameCheck      packets against the frames that were sent
//
// Run with:  unshare -n -- swift test -c release --no-parallel --filter LiveTests

import Foundation
import Testing
import Traffic

/// The suites, one after the other: each has the machine for itself.
@Suite(
    .serialized, .enabled(if: Requirement.privateNetwork, "needs root under unshare -n"),
    .enabled(if: Requirement.tools, "needs ip, capinfos, tcpdump and tshark"))
enum Live {}

/// What a machine may lack. A test that is skipped for it says so on a line of its own.
enum Requirement {
    /// Root, in a network namespace in which nothing but the loopback interface could be up.
    static let privateNetwork = need("root and a network namespace of its own (run under unshare -n)") {
        guard geteuid() == 0, let links = try? Command.ip("-o link show up") else { return false }
        return links.split(separator: "\n").allSatisfy { $0.contains("LOOPBACK") }
    }
    /// For how long `make soak` asks; 0 in other runs.
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
    /// Every one that is missing is named.
    static let tools = ["ip", "capinfos", "tcpdump", "tshark"].map(program).allSatisfy { $0 }
    static let mount =
        program("mount")
        && need("the right to mount") { (try? Tmpfs.isPossible()) ?? false }
    static let processors = need("two processors") { ProcessInfo.processInfo.activeProcessorCount > 1 }

    /// Made by Tests/in-booted-systemd, which says what is missing where it cannot be.
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

/// Waits until `condition` holds, for a generous time that only a failure uses up.
func eventually(_ what: String, within seconds: Double = 20, _ condition: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !condition() {
        guard Date() < deadline else { throw Late(what: what) }
        pause(0.02)
    }
}

/// Something that did not happen in time.
struct Late: Error, CustomStringConvertible {
    let what: String
    var description: String { "waited in vain for \(what)" }
}

/// Does nothing for so many seconds.
func pause(_ seconds: Double) { Thread.sleep(forTimeInterval: seconds) }
