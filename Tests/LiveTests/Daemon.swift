import Control
import Counters
import Foundation
import TestSupport
import Testing
import Traffic

/// A running daemon. It is killed when the object is released, if it still runs.
final class Daemon {
    private let process: ChildProcess
    private let logPath: String
    private let configurationPath: String
    let folder: String

    /// The folder of the test runner, where the build puts the programs.
    static let binaries: String = {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    }()
    static let binary = binaries + "/holdfastd"

    /// Starts the daemon with a configuration. Segments and the log go to `folder`. `wrapper` is a command line that
    /// runs the daemon, such as setpriv's.
    init(_ configuration: String, in folder: String, wrapper: [String] = []) throws {
        let stem = folder + "/" + UUID().uuidString
        configurationPath = stem + ".yaml"
        self.folder = folder
        try Daemon.text(configuration, in: folder).write(toFile: configurationPath, atomically: true, encoding: .utf8)
        logPath = stem + ".log"
        let command = wrapper + [Daemon.binary, "--config", configurationPath]
        let program = try #require(Command.path(of: command[0]))
        process = try ChildProcess(
            program, Array(command.dropFirst()), output: "/dev/null", errors: logPath,
            environment: ["HOLDFAST_LOG": "json"])
    }

    /// Starts the daemon and waits until it captures.
    static func capturing(_ configuration: String, in folder: String) throws -> Daemon {
        let daemon = try Daemon(configuration, in: folder)
        try daemon.wait(event: "started")
        return daemon
    }

    /// A complete configuration with a control socket in `folder`, not the machine's own. By default the daemon stays
    /// root, because root owns the folders of the tests.
    static func text(_ configuration: String, in folder: String) -> String {
        let control =
            configuration.contains("control:") ? "" : "control: { socket: \(socket(in: folder)), group: root }\n"
        let user = configuration.contains("user:") ? "" : "user: root\n"
        return "directory: \(folder)\n\(configuration)\n\(control)\(user)"
    }

    /// The path of the control socket.
    static func socket(in folder: String) -> String { folder + "/control.sock" }

    var id: Int32 { process.id }
    /// The path of the control socket.
    var socket: String { Daemon.socket(in: folder) }
    /// The path of the configuration file.
    var configuration: String { configurationPath }
    var isRunning: Bool { process.isRunning }

    /// The log so far.
    var log: DaemonLog {
        DaemonLog(String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self))
    }

    /// Waits until the log contains `times` lines about `event`, of the capture and interface if they are given.
    /// Returns the last of them.
    @discardableResult
    func wait(
        event: String, capture: String? = nil, interface: String? = nil, times: Int = 1, within seconds: Double = 20
    ) throws -> DaemonLog.Entry {
        try wait("event \(event)", times, seconds) { $0.isAbout(event, capture: capture, interface: interface) }
    }

    /// Waits until the log contains the last counters of `times` taps on `interface`. If `packets` is given, only taps
    /// that received and drained that number count.
    @discardableResult
    func waitForTapEnd(on interface: String, packets: Int? = nil, times: Int = 1) throws -> DaemonLog.Entry {
        try wait("the end of a tap on \(interface)", times, 20) { entry in
            guard entry.isAbout("ended", interface: interface), entry["capture"] == nil else { return false }
            return packets == nil || (entry.number("received") == packets && entry.number("drained") == packets)
        }
    }

    private func wait(
        _ what: String, _ times: Int, _ seconds: Double, for matches: (DaemonLog.Entry) -> Bool
    ) throws -> DaemonLog.Entry {
        var found: [DaemonLog.Entry] = []
        do {
            try eventually("\(what) in the log", within: seconds) {
                found = log.entries.filter(matches)
                if found.count < times && !isRunning { throw Late(what: "\(what) of a daemon that has ended") }
                return found.count >= times
            }
        } catch {
            Issue.record("\(error); the log:\n\(log.text)")
            throw error
        }
        return found[found.count - 1]
    }

    func send(_ signal: Int32) { kill(id, signal) }

    /// The daemon's process if a wrapper runs it as its child.
    var wrapped: Int32? {
        let children = try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        return children?.split(separator: " ").first.flatMap { Int32($0) }
    }

    func sendThroughWrapper(_ signal: Int32) { if let wrapped { kill(wrapped, signal) } }

    /// Writes another configuration.
    func configure(_ configuration: String) throws {
        try Daemon.text(configuration, in: folder).write(toFile: configurationPath, atomically: true, encoding: .utf8)
    }

    /// Writes another configuration and reloads it. Returns the log line about `event`, "reloaded" or "rejected".
    @discardableResult
    func reload(_ configuration: String, expecting event: String = "reloaded") throws -> DaemonLog.Entry {
        try configure(configuration)
        let before = log.events(event).count
        send(SIGHUP)
        return try wait(event: event, times: before + 1)
    }

    /// Waits until the process ends. Returns the exit code, or the negative number of the signal that killed it.
    func exitCode() throws -> Int32 {
        try eventually("the daemon's end", within: 30) { !isRunning }
        return process.wait()
    }

    /// Stops the daemon and expects success. Returns the log.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM, sourceLocation: SourceLocation = #_sourceLocation) throws -> DaemonLog {
        send(signal)
        let code = try exitCode()
        let log = log
        #expect(code == 0, "the log:\n\(log.text)", sourceLocation: sourceLocation)
        #expect(log.isBalanced, "the log:\n\(log.text)", sourceLocation: sourceLocation)
        #expect(log.knowsWhatIsWritten, "the log:\n\(log.text)", sourceLocation: sourceLocation)
        return log
    }

    /// Stops a daemon without taps, which has no counters.
    func stopIdle(sourceLocation: SourceLocation = #_sourceLocation) throws {
        send(SIGTERM)
        let code = try exitCode()
        #expect(code == 0, "the log:\n\(log.text)", sourceLocation: sourceLocation)
    }
}

extension Daemon {
    /// The client library that the commands use.
    var client: ControlClient { ControlClient(socket: Daemon.socket(in: folder)) }

    /// Runs holdfast(1) against this daemon.
    func holdfast(_ arguments: String...) throws -> Command.Result {
        try Command.run(Daemon.binaries + "/holdfast", arguments + ["--socket", Daemon.socket(in: folder)])
    }

    /// Returns the status when `received` packets have been received and none is in flight.
    func quietStatus(after received: UInt64, within seconds: Double = 10) async throws -> Status {
        var status = try await client.status()
        try await eventuallyAsync("the end of what is in flight", within: seconds) {
            status = try await client.status()
            return status.interfaces.map { $0[.received] }.reduce(0, +) >= received
                && status.interfaces.allSatisfy { $0.inFlight == 0 }
                && status.captures.flatMap(\.interfaces).allSatisfy { $0.inFlight == 0 }
        }
        return status
    }
}
