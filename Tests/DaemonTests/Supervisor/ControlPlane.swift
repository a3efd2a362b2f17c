import BPF
import Capture
import Control
import Counters
import Foundation
import Linux
import Rules
import Segments
import Settings
import Synchronization
import Synthetic
import TestSupport
import Testing

@testable import Daemon

/// A supervisor in a synthetic world: the test passes it its events one by one, and runs its threads' work in between.
/// The drain and writer threads are real, and so are the disk helper and the files.
final class ControlPlane {
    let folder: TemporaryFolder
    let world: SyntheticWorld
    let lines = LogLines()
    var supervisor: Supervisor
    /// What the supervisor has asked of its caller, besides to go on.
    private(set) var actions: [Action] = []
    /// Number of commands that were passed to the supervisor.
    private(set) var answered = 0
    /// Whether work waits until the test runs it.
    var holdsWork = false

    static let program =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/holdfastd"

    static func interface(_ name: String, _ index: Int32, isUp: Bool = true) -> Interface {
        Interface(index: index, name: name, hardwareType: 1, isUp: isUp)
    }

    /// Begins with `captures`, lines of YAML, on `interfaces`. `awaited` are captures whose directories do not answer.
    init(
        _ captures: String, on interfaces: [Interface] = [interface("syn0", 90)], awaited: Set<String> = [],
        starts: Bool = true
    ) throws {
        let (folder, world) = (try TemporaryFolder(), SyntheticWorld(interfaces))
        (self.folder, self.world) = (folder, world)
        try folder.write(ControlPlane.configuration(captures, in: folder), to: "holdfast.yaml")
        let path = folder.path + "/holdfast.yaml"
        let settings = try Settings.load(path)
        let tell: @Sendable (DaemonEvent) -> Void = { world.tell($0) }
        var retentions = SegmentCatalogs(report: { world.tell(.capture($0)) })
        let names = settings.captures.map(\.rule.name)
        for rule in settings.captures.map(\.rule) {
            if awaited.contains(rule.name) {
                retentions.wait(for: rule)
            } else {
                retentions.open(
                    rule, found: try Adoption.adopt(rule.name, in: rule.directory, configured: names, freeSpace: 0))
            }
        }
        let log = lines.logger
        let episodes = EpisodeNames(start: .now)
        supervisor = Supervisor(
            settings, path: path, retentions: retentions, compilers: ControlPlane.compilers,
            confinement: Confinement(settings: settings, path: path, log: log),
            disks: try Disks(program: ControlPlane.program) { world.tell(.capture($0)) }, manager: nil,
            control: ControlServer(log: log, hub: EventHub(run: episodes.run)) { world.tell(.control($0)) },
            names: episodes, log: log, effects: world.effects, tell: tell)
        if starts { supervisor.start(on: interfaces) }
    }

    /// Starts on these interfaces, if `init` did not.
    func begin(on interfaces: [Interface]) { supervisor.start(on: interfaces) }

    /// Compilers that need no interface.
    static var compilers: FilterCompilers {
        FilterCompilers { (_) throws(FilterError) in try ExpressionCompiler(dataLinkType: 1) }
    }

    private static func configuration(_ captures: String, in folder: TemporaryFolder) -> String {
        """
        directory: \(folder.path)/captures
        free-space: 0
        sandbox: false
        ring: { size: 4MiB, block: 512KiB, timeout: 1ms }
        filters: { first: "ether[0] = 1", second: "ether[0] = 2" }
        buffers: { size: 512KiB, count: 4 }
        control: { socket: \(folder.path)/control.sock }
        captures:
        \(captures.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))

        """
    }

    /// Writes another configuration; a reload reads it.
    func configure(_ captures: String) throws {
        try folder.write(ControlPlane.configuration(captures, in: folder), to: "holdfast.yaml")
    }

    /// Passes an event to the supervisor.
    func take(_ event: DaemonEvent) {
        let action = supervisor.take(event)
        if case .control = event { answered += 1 }
        if action != .goOn { actions.append(action) }
    }

    /// Passes events to the supervisor, and runs work, until `condition` holds.
    func run(until what: String, within seconds: Int = 30, _ condition: (ControlPlane) throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(seconds)
        while try !condition(self) {
            if let event = world.next() {
                take(event)
            } else if !holdsWork, let work = world.nextWork() {
                work()
            } else {
                guard ContinuousClock.now < limit else { throw Late(what: "\(what); log: \(lines.texts)") }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    /// Runs the work that waits, and returns the number of pieces.
    @discardableResult
    func runWork() -> Int {
        var count = 0
        while let work = world.nextWork() {
            work()
            count += 1
        }
        return count
    }

    /// Runs until the start is complete.
    func started() async throws { try await run(until: "the start") { $0.supervisor.hasStarted } }

    /// The answer to a command, and the events until then.
    func ask<Value: Sendable>(
        _ command: @escaping @Sendable (Reply<Value>) -> ControlCommand
    ) async throws -> Result<Value, ControlFailure> {
        let answer = Answer<Value>()
        ask(command, answer)
        try await run(until: "an answer") { _ in answer.result != nil }
        return try #require(answer.result)
    }

    /// Sends a command, whose answer appears later.
    func ask<Value: Sendable>(
        _ command: @escaping @Sendable (Reply<Value>) -> ControlCommand, _ answer: Answer<Value>
    ) {
        let world = world
        Task { answer.result = await withCheckedContinuation { world.tell(.control(command($0))) } }
    }

    /// Stops the daemon and expects that it exits with `code`.
    func stop(code: CInt = 0) async throws {
        take(.signal(.sigterm))
        try await run(until: "the end") { !$0.actions.isEmpty }
        #expect(actions.last == .exit(code))
        supervisor.requests.dismiss()
        supervisor.endCoverage()
    }

    /// Packets of a capture that are in a segment, over all its running taps.
    func written(_ capture: String) -> UInt64 {
        supervisor.taps.all.flatMap(\.captures).filter { $0.source.capture == capture }.map(\.counts[.written]).reduce(
            0, +)
    }

    /// Hands over one frame for each number to the newest socket of an interface. The frames are from 2030, so that no
    /// second of the wall clock ends their segment.
    func send(
        _ numbers: Range<UInt32>, of kind: UInt8 = 0, second: Int64 = 1_900_000_000, to interface: String = "syn0"
    ) {
        world.kernels(interface).last?.handOver(
            numbers.map { SyntheticKernel.Frame($0, of: kind, second: second) })
    }

    /// The names of the segments of a capture, sorted.
    func segments(_ capture: String) throws -> [String] {
        try folder.names(in: "captures/\(capture)").filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".part") }
    }
}

/// The answer to a command, once there is one.
final class Answer<Value: Sendable>: Sendable {
    private let content = Mutex<Result<Value, ControlFailure>?>(nil)

    var result: Result<Value, ControlFailure>? {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}

extension Result where Failure == ControlFailure {
    /// The failure as text; empty on success.
    var sentence: String {
        if case .failure(let failure) = self { "\(failure)" } else { "" }
    }
}
