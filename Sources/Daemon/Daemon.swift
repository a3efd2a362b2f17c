// Daemon: the control plane. It reads the settings, opens a tap on each wanted interface that is up, follows
// interfaces and signals, and reports to the operator. One loop (`Supervisor`) handles every event in sequence and
// never waits (I12); the data plane's threads only post events.
//
//     Supervisor/   the loop, its events, and the threads of Swift tasks
//     Planning/     which taps serve which captures, and the preparation of a reload (I13)
//     Interfaces/   which interfaces exist, and what their changes require of the taps
//     ControlAPI/   HTTP over the control socket and the metrics port
//     Coverage/     episodes of drops and gaps, and their ledgers
//     Disks/        disk work outside the writers, in the disk helper process and on `DiskQueues` (I15)
//     Events/       the event streams of clients
//     Metrics/      the Prometheus text
//     Log/          log lines for the journal, a file or a terminal
//     Health/       the hang detector, systemd's watchdog and status line
//     Security/     the privilege drop (I18), and the roles of clients

import Capture
import Control
import Glibc
import Linux
import Logging
import NIOPosix
import Rules
import Segments
import Settings
import SystemPackage

/// The daemon, from reading its configuration to its exit code.
package enum Daemon {
    /// Exit codes for systemd and scripts, as in sysexits.h.
    package enum ExitCode {
        package static let failure: CInt = 1
        package static let notPermitted: CInt = 77
        package static let configuration: CInt = 78
    }

    /// Runs the daemon until a signal stops it, on the first thread and on threads that it creates, and ends the
    /// process. The caller must have blocked SIGHUP and SIGUSR1 (`Signals`).
    package static func run(_ path: String) -> Never {
        TaskThreads.install()
        Task { @MainActor in
            let code = await run(path, log: Logger(label: "holdfastd") { _ in JournalLog() })
            JournalLog.flush()
            exit(code)
        }
        MainThread.shared.runForEver()
    }

    /// Runs the daemon until a signal stops it; returns the exit code.
    static func run(_ path: String, log: Logger) async -> CInt {
        let names = EpisodeNames(start: .now)
        let hub = EventHub(run: names.run)
        // Clients that follow events get the log's events.
        let log = Logger(label: log.label) { _ in EventLog(log.handler, hub) }
        // Errors in the configuration also have the form that it names.
        JournalLog.use(.named(in: path))
        _ = umask(0o027)
        // The kernel reaps the helper processes when they end, so nothing waits for them.
        _ = signal(SIGCHLD, SIG_IGN)
        Descriptor.raiseLimit()
        // A lack of resources would otherwise look like an error in the configuration.
        do {
            try Headroom.checkDescriptors(32, for: "the start")
            try Headroom.checkMemory(64 << 20, total: 8 << 20, for: "the start")
        } catch {
            log.error("\(error)", metadata: .about(.failed, cause: "\(error.errno)"))
            return ExitCode.failure
        }
        let (events, inbox) = AsyncStream.makeStream(of: DaemonEvent.self)
        let compilers = FilterCompilers()
        guard let (settings, interfaces) = prepare(path, with: compilers, log: log) else {
            return ExitCode.configuration
        }
        guard Privileges.canOpenPacketSockets else { return refuse(log) }
        var confinement = Confinement(settings: settings, path: path, log: log)
        let manager = serviceManager(log)
        let control = ControlServer(log: log, hub: hub) { inbox.yield(.control($0)) }
        do { try confinement.makeDirectories() } catch {
            log.error("\(error)", metadata: .about(.failed, cause: "\(error.errno)"))
            return ExitCode.failure
        }
        let (places, listeningFailure) = listen(settings, with: control, log: log)
        guard let listeners = places else { return listeningFailure }
        do {
            try confinement.giveUpRights()
            try confinement.closeSandbox()
        } catch {
            log.error("\(error)")
            return ExitCode.notPermitted
        }
        manager?.status("scanning the directories and repairing segments that a crash left open")
        let disks: Disks
        let retentions: SegmentCatalogs
        do {
            disks = try Disks { inbox.yield(.capture($0)) }
            let adopted = adopt(settings, with: disks.adopter, confinement, log: log) { inbox.yield($0) }
            if let failure = adopted.failure { return failure }
            retentions = adopted.retentions
            control.disks.begin(with: disks.helper, devices: retentions.devices)
        } catch {
            log.error("\(error)")
            return ExitCode.failure
        }

        do { try startThreads(inbox) } catch {
            log.error("\(error)", metadata: .about(.failed, cause: "\(error.errno)"))
            return ExitCode.failure
        }
        var supervisor = Supervisor(
            settings, path: path, retentions: retentions, compilers: compilers, confinement: confinement,
            disks: disks, manager: manager, control: control, names: names, log: log,
            effects: .live { inbox.yield($0) }, tell: { inbox.yield($0) })
        let watcher: LinkWatcher
        do {
            watcher = try LinkWatcher(after: interfaces, report: linkReporter(inbox))
        } catch {
            log.error("\(error)")
            return ExitCode.failure
        }
        control.serve(listeners)
        supervisor.start(on: interfaces)
        let beating = manager.map { manager in
            Task(priority: .medium) { await send(.beat, every: WatchdogFeeder.interval(manager), into: inbox) }
        }
        defer { beating?.cancel() }
        let drawing =
            manager == nil && JournalLog.isOnTerminal
            ? Task(priority: .medium) { await send(.draw, every: LiveLine.interval, into: inbox) } : nil
        defer { drawing?.cancel() }

        for await event in events {
            switch supervisor.take(event) {
            case .goOn: break
            case .limitPatience: Task { await runOutOfPatience(inbox) }
            case .exitAtOnce(let code):
                JournalLog.flush()
                _exit(code)
            case .exit(let code):
                // Clients with open commands get an answer.
                control.close()
                inbox.finish()
                for await case .control(let command) in events { supervisor.take(command) }
                supervisor.requests.dismiss()
                supervisor.endCoverage()
                return code
            }
        }
        withExtendedLifetime(watcher) {}
        return ExitCode.failure
    }

    /// Starts every thread that belongs to no tap: after the privilege drop (I18) and before the first packet. NIO
    /// and the runtime end the process if they cannot create a thread, so this is checked first.
    private static func startThreads(_ inbox: AsyncStream<DaemonEvent>.Continuation) throws(SystemError) {
        // From here on a signal causes an orderly stop.
        Signals.hold(Signal.allCases)
        try Headroom.checkDescriptors(24, for: "the daemon's own work")
        try Headroom.checkThreads(TaskThreads.count + 8, for: "the daemon's own work")
        try Headroom.checkMemory(64 << 20, total: 8 << 20, for: "the daemon's own work")
        try JournalLog.start()
        try TaskThreads.shared.start()
        _ = Listener.thread
        try Signals.watch(report: signalReporter(inbox))
    }

    /// Reads the settings and checks them with the machine's interfaces; logs every error.
    private static func prepare(
        _ path: String, with compilers: FilterCompilers, log: Logger
    ) -> (Settings, [Interface])? {
        do {
            let (settings, interfaces) = try Settings.checked(path, with: compilers)
            for warning in settings.warnings { log.warning("\(warning)") }
            return (settings, interfaces)
        } catch let error as ConfigurationError {
            for diagnostic in error.diagnostics { log.error("\(diagnostic)") }
        } catch {
            log.error("\(error)")
        }
        return nil
    }

    /// Opens the listeners of the settings.
    private static func listen(
        _ settings: Settings, with control: ControlServer, log: Logger
    ) -> (places: ControlServer.Places?, failure: CInt) {
        do {
            return (try control.listen(settings), 0)
        } catch let error as ConfigurationError {
            for diagnostic in error.diagnostics { log.error("\(diagnostic)") }
            return (nil, ExitCode.configuration)
        } catch {
            log.error("\(error)")
            return (nil, ExitCode.failure)
        }
    }

    /// Adopts the directory of every capture; `failure` is the exit code if that fails. A directory whose disk does
    /// not answer is adopted later: an event reports it.
    private static func adopt(
        _ settings: Settings, with adopter: Adopter, _ confinement: Confinement, log: Logger,
        tell: @escaping @Sendable (DaemonEvent) -> Void
    ) -> (retentions: SegmentCatalogs, failure: CInt?) {
        var (retentions, failure): (SegmentCatalogs, CInt?) = (SegmentCatalogs(report: { tell(.capture($0)) }), nil)
        let rules = Dictionary(settings.captures.map { ($0.rule.name, $0.rule) }) { first, _ in first }
        let gathered = adopter.gather(
            rules.values.map { ($0.name, $0.directory) }, configured: Array(rules.keys), freeSpace: settings.freeSpace,
            silent: confinement.silent, later: { tell(.adopted($0)) })
        for (capture, error) in gathered.failed {
            log.error("capture \(capture): \(error)\(confinement.advice(on: error))")
            if failure != ExitCode.configuration { failure = error.exitCode }
        }
        for found in gathered.found {
            log.tell(found)
            if let rule = rules[found.capture] { retentions.open(rule, found: found) }
        }
        for (capture, error) in gathered.silent {
            log.warning(
                "capture \(capture) waits for its directory: \(error)",
                metadata: .about(.waiting, capture: capture, cause: "\(error.errno)"))
            if let rule = rules[capture] { retentions.wait(for: rule) }
        }
        retentions.apply(rules.values, freeSpace: settings.freeSpace)
        return (retentions, failure)
    }

    /// The service manager, if one started the daemon and wants notifications.
    private static func serviceManager(_ log: Logger) -> ServiceManager? {
        do {
            return try ServiceManager()
        } catch {
            log.warning("cannot notify the service manager: \(error)")
            return nil
        }
    }

    private static func refuse(_ log: Logger) -> CInt {
        log.error("\(TapError.notPermitted)")
        return ExitCode.notPermitted
    }

    // Closures that threads call are formed here, outside any actor.

    private static func linkReporter(_ inbox: AsyncStream<DaemonEvent>.Continuation) -> @Sendable (LinkChange) -> Void {
        { change in inbox.yield(.link(change)) }
    }

    private static func signalReporter(
        _ inbox: AsyncStream<DaemonEvent>.Continuation
    ) -> @Sendable (Signal) -> Void {
        { signal in inbox.yield(.signal(signal)) }
    }

    @concurrent private static func send(
        _ event: DaemonEvent, every interval: UInt64, into inbox: AsyncStream<DaemonEvent>.Continuation
    ) async {
        while !Task.isCancelled {
            inbox.yield(event)
            try? await Task.sleep(for: .nanoseconds(interval))
        }
    }

    @concurrent private static func runOutOfPatience(_ inbox: AsyncStream<DaemonEvent>.Continuation) async {
        try? await Task.sleep(for: .seconds(2))
        inbox.yield(.patienceEnds)
    }
}

extension SystemError {
    /// The exit code for a directory that refuses access. A temporary failure of the disk or the machine is a failure
    /// after which systemd restarts the daemon. Anything else remains until the configuration or the owner of the
    /// directory changes.
    fileprivate var exitCode: CInt {
        let passing: [Errno] = [
            .ioError, .noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .staleNFSFileHandle,
        ]
        return isPassing || passing.contains(errno) ? Daemon.ExitCode.failure : Daemon.ExitCode.configuration
    }
}
