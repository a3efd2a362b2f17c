import Capture
import Control
import Glibc
import Linux
public import Logging
import Settings
import SystemPackage
import UnixSignals

/// The daemon, from reading its configuration to its exit code.
public enum Daemon {
    /// sysexits.h: what systemd and scripts are told.
    public enum ExitCode {
        public static let failure: CInt = 1
        public static let notPermitted: CInt = 77
        public static let configuration: CInt = 78
    }

    /// Captures until a signal ends it.
    public static func run(_ path: String, log: Logger) async -> CInt {
        let names = EpisodeNames(start: .now)
        let hub = EventHub(run: names.run)
        // Whoever follows events hears of each what the log says.
        let log = Logger(label: log.label) { _ in EventLog(log.handler, hub) }
        _ = umask(0o027)
        _ = signal(SIGPIPE, SIG_IGN)
        Descriptor.raiseLimit()
        let (events, inbox) = AsyncStream.makeStream(of: DaemonEvent.self)
        let compilers = FilterCompilers()
        guard let (settings, interfaces) = prepare(path, with: compilers, log: log) else {
            return ExitCode.configuration
        }
        guard Privileges.canOpenPacketSockets else { return refuse(log) }
        var confinement = Confinement(settings: settings, path: path, log: log)
        let manager = serviceManager(log)
        let control = ControlServer(log: log, hub: hub) { inbox.yield(.control($0)) }
        confinement.makeDirectories()
        let places = listen(settings, with: control, log: log)
        let (listeners, retentions): ([Listener], Retentions)
        do {
            try confinement.giveUpRights()
            manager?.status("looking through the directories, making whole what a crash has left open")
            let adopted = adopt(settings, confinement, log: log)
            if places != nil && adopted.failure == nil { try confinement.closeSandbox() }
            // Not before, as what is left out of a log that says too much takes a thread to be told.
            for capture in settings.captures.map(\.rule.name) {
                log.tell(adopted.retentions[capture]?.repairs ?? [], of: capture)
            }
            guard let places, adopted.failure == nil else { return adopted.failure ?? ExitCode.configuration }
            (listeners, retentions) = (places, adopted.retentions)
        } catch {
            log.error("\(error)")
            return ExitCode.notPermitted
        }

        // Before the first packet: from here on no signal ends the process without an orderly stop.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let forwarding = Task(priority: .medium) { await forward(signals, to: inbox) }
        defer { forwarding.cancel() }
        var supervisor = Supervisor(
            settings, path: path, retentions: retentions, compilers: compilers, confinement: confinement,
            manager: manager, control: control, names: names, log: log, tell: { inbox.yield($0) })
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
            Task(priority: .medium) { await beat(every: Heartbeat.interval(manager), into: inbox) }
        }
        defer { beating?.cancel() }

        for await event in events {
            switch supervisor.take(event) {
            case .goOn: break
            case .limitPatience: Task { await runOutOfPatience(inbox) }
            case .exit(let code):
                // Who has asked in the meantime gets an answer.
                control.close()
                inbox.finish()
                for await case .control(let order) in events { supervisor.take(order) }
                supervisor.requests.dismiss()
                supervisor.endCoverage()
                return code
            }
        }
        withExtendedLifetime(watcher) {}
        return ExitCode.failure
    }

    /// Reads the settings and asks the machine's interfaces about them; prints every mistake.
    private static func prepare(
        _ path: String, with compilers: FilterCompilers, log: Logger
    ) -> (Settings, [Interface])? {
        do {
            return try Settings.checked(path, with: compilers)
        } catch let error as ConfigurationError {
            for mistake in error.mistakes { log.error("\(mistake)") }
        } catch {
            log.error("\(error)")
        }
        return nil
    }

    /// Listens where the settings want the daemon to be asked.
    private static func listen(_ settings: Settings, with control: ControlServer, log: Logger) -> [Listener]? {
        do {
            return try control.listen(settings)
        } catch {
            for mistake in error.mistakes { log.error("\(mistake)") }
            return nil
        }
    }

    /// Opens the directory of every capture and finds the segments in it; `failure` is the exit code where that cannot be.
    private static func adopt(
        _ settings: Settings, _ confinement: Confinement, log: Logger
    ) -> (retentions: Retentions, failure: CInt?) {
        var (retentions, failure): (Retentions, CInt?) = (Retentions(), nil)
        for rule in settings.captures.map(\.rule) {
            do {
                try retentions.open(rule)
            } catch {
                log.error("capture \(rule.name): \(error)\(confinement.advice(on: error))")
                if failure != ExitCode.configuration { failure = error.exitCode }
            }
        }
        retentions.putInForce(settings.captures.map(\.rule), freeSpace: settings.freeSpace)
        return (retentions, failure)
    }

    /// Whom to tell how it goes, if anybody wants to know.
    private static func serviceManager(_ log: Logger) -> ServiceManager? {
        do {
            return try ServiceManager()
        } catch {
            log.warning("the service manager will hear nothing: \(error)")
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

    @concurrent private static func forward(
        _ signals: UnixSignalsSequence, to inbox: AsyncStream<DaemonEvent>.Continuation
    ) async {
        for await signal in signals { inbox.yield(.signal(signal)) }
    }

    @concurrent private static func beat(
        every interval: UInt64, into inbox: AsyncStream<DaemonEvent>.Continuation
    ) async {
        while !Task.isCancelled {
            inbox.yield(.beat)
            try? await Task.sleep(for: .nanoseconds(interval))
        }
    }

    @concurrent private static func runOutOfPatience(_ inbox: AsyncStream<DaemonEvent>.Continuation) async {
        try? await Task.sleep(for: .seconds(2))
        inbox.yield(.patienceEnds)
    }
}

extension SystemError {
    /// For a directory that refuses. What the disk or the machine lacks may be there again at the next try, and a service is
    /// to come back then; anything else stays until somebody changes the configuration, or whose the directory is.
    fileprivate var exitCode: CInt {
        let passing: [Errno] = [
            .ioError, .noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .staleNFSFileHandle, .noMemory,
            .tooManyOpenFiles, .tooManyOpenFilesInSystem,
        ]
        return passing.contains(errno) ? Daemon.ExitCode.failure : Daemon.ExitCode.configuration
    }
}
