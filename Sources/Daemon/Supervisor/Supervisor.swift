import BPF
import Capture
import Control
import Glibc
import Linux
import Logging
import Settings

/// The control loop: the running daemon, and its response to each event. It waits for nothing (I12): what may take
/// long runs on its own thread and returns as an event.
///
/// Values with private state make the decisions that need neither a thread nor a kernel object (`Interfaces`,
/// `Openings`, `ReloadProgress`, `PendingRequests`, `Accounts`). The supervisor passes the events to them and carries
/// out what they return.
struct Supervisor {
    /// Path of the configuration file, for reloads.
    let path: String
    private(set) var settings: Settings
    private(set) var retentions: SegmentCatalogs
    let compilers: FilterCompilers
    let confinement: Confinement
    let disks: Disks
    let manager: ServiceManager?
    private var heartbeat: WatchdogFeeder?
    private var liveLine = LiveLine()
    let control: ControlServer
    let log: Logger
    let tell: @Sendable (DaemonEvent) -> Void

    var interfaces: Interfaces
    var taps = Taps()
    private let numbers = TapNumbers()
    var openings = Openings()
    var reload = ReloadProgress()
    /// What the running reload has read, until its taps are prepared.
    var pendingReload: ReloadReader.Found?
    var requests = PendingRequests()
    private(set) var accounts = Accounts()
    /// Whether every tap that could be opened at the start is open.
    private(set) var hasStarted = false
    private(set) var stop: Stop?
    /// Time of the stop.
    private(set) var stopTime: Timestamp?
    var coverage: CoverageAccounts
    /// The captures of each tap before the running reload.
    var tapMoves: TapMoves?
    /// The start of the supervisor, by the monotonic clock, and the time at which its configuration was read.
    let began = Clock.monotonic()
    private(set) var loaded = Timestamp.now
    let started = Timestamp.now

    /// Detects hanging threads for clients.
    var liveness = Liveness()
    /// Detects which threads the disks block during a stop.
    private var stopPulse = HangDetector()

    enum Stop { case drain, atOnce }

    /// Seconds between two checks of what a stop waits for.
    private static let stopPatience = 5

    init(
        _ settings: Settings, path: String, retentions: SegmentCatalogs, compilers: FilterCompilers,
        confinement: Confinement, disks: Disks, manager: ServiceManager?, control: ControlServer, names: EpisodeNames,
        log: Logger, tell: @escaping @Sendable (DaemonEvent) -> Void
    ) {
        (self.settings, self.path, self.retentions, self.compilers) = (settings, path, retentions, compilers)
        (self.confinement, self.disks) = (confinement, disks)
        (self.manager, self.control, self.log, self.tell) = (manager, control, log, tell)
        interfaces = Interfaces(for: settings.captures)
        heartbeat = manager.map(WatchdogFeeder.init)
        coverage = CoverageAccounts(names, disks: disks, devices: retentions.devices, log: log) {
            tell(.coverage($0))
        }
    }

    /// Starts to open a tap on each interface in `found` that is wanted and up. Failures are reported and retried.
    mutating func start(on found: [Interface]) {
        accountForCoverage()
        for interface in found { perform(interfaces.present(interface, tapped: nil)) }
        perform(interfaces.tellWaiting())
        finishStart()
    }

    /// Reports that the daemon captures, once every tap of the start is open.
    mutating func finishStart() {
        guard !hasStarted, openings.isIdle, stop == nil else { return }
        hasStarted = true
        let served = Dictionary(
            grouping: taps.open.flatMap { tap in
                tap.rule.captures.map { (capture: $0.rule.name, interface: tap.rule.interface.name) }
            }, by: \.capture)
        let parts = settings.captures.map(\.rule.name).compactMap { name in
            served[name].map { "\(name) on \(Set($0.map(\.interface)).sorted().joined(separator: ", "))" }
        }
        log.info(
            "capturing \(parts.isEmpty ? "on no interface yet" : parts.joined(separator: "; "))",
            metadata: .about(.started))
        manager?.ready()
        tell(.beat)
        watchExpiry()
        observeCoverage()
    }

    /// Takes over the configuration of a reload. Returns true if a directory has answered meanwhile for which the
    /// reload has no tap.
    mutating func take(_ settings: Settings, _ next: SegmentCatalogs) -> Bool {
        var next = next
        let settled = next.settle(with: retentions)
        (self.settings, retentions, loaded) = (settings, next, .now)
        JournalLog.use(settings.log)
        retentions.putInForce(settings.captures.map(\.rule), freeSpace: settings.freeSpace)
        accountForCoverage()
        return !settled.isEmpty
    }

    /// Starts the capture of a directory that did not answer at the start and is adopted now.
    private mutating func adopted(_ event: AdoptionEvent) {
        guard stop == nil, let rule = settings.captures.map(\.rule).first(where: { $0.name == event.capture }) else {
            return
        }
        switch event {
        case .adopted(let found) where retentions.settle(rule, found: found):
            log.tell(found)
            retentions.putInForce(settings.captures.map(\.rule), freeSpace: settings.freeSpace)
            accountForCoverage()
            openEverywhere()
            watchExpiry()
        case .failed(let capture, _, let error) where retentions.settle(rule, found: nil):
            log.error(
                "capture \(capture) does not begin before a reload: \(error)\(confinement.advice(on: error))",
                metadata: .about(.failed, capture: capture, cause: "\(error.errno)"))
        case .adopted, .failed, .noAnswer: break
        }
    }

    /// Opens taps for captures that no tap serves yet.
    mutating func openEverywhere() {
        for interface in interfaces.all where interface.isUp { perform([.open(interface.index)]) }
    }

    /// Opens taps of the running configuration, or of another one, on its own thread.
    func opener(for settings: Settings, _ retentions: SegmentCatalogs) -> TapOpener {
        TapOpener(
            settings: settings, retentions: retentions, compilers: compilers, numbers: numbers, writers: taps.writers,
            report: { [tell] in tell(.capture($0)) })
    }

    /// Sends an event after `seconds`.
    func send(_ event: DaemonEvent, after seconds: Int) {
        Task { [tell] in
            try? await Task.sleep(for: .seconds(seconds))
            tell(event)
        }
    }

    mutating func take(_ event: DaemonEvent) -> Action {
        defer { if event.changesCoverage { observeCoverage() } }
        switch event {
        case .capture(let event): take(event)
        case .link(.present(let interface)) where stop == nil:
            perform(interfaces.present(interface, tapped: taps.interface(interface.index)))
        case .link(.removed(let index)): perform(interfaces.removed(index, tapped: taps.interface(index)))
        case .link: break
        case .retry(let index): if stop == nil { perform(interfaces.retry(index)) }
        case .opened(let index, let outcome): opened(index, outcome)
        case .signal(.sighup): reloadConfiguration()
        case .signal(.sigusr1): rotateAll()
        case .control(let order): take(order)
        case .coverage(let event): take(event)
        case .sealed(let order, let tap, let result): requests.sealed(order, tap: tap, result)
        case .previewed(let order, let result): requests.previewed(order, result)
        case .late(let order): requests.late(order)
        case .reloadRead(let number, let result): reloadRead(number, result)
        case .reloadLate(let number): reloadLate(number)
        case .reloadPrepared(let number, let prepared): reloadPrepared(number, prepared)
        case .changed(let number): if reload.tookOver(number) { reloaded() }
        case .adopted(let event): adopted(event)
        case .beat:
            // Before the start is complete, the service manager expects only that message.
            guard hasStarted || stop != nil else { break }
            let status = status
            heartbeat?.beat(status, taps, refused: reload.isRefused)
        case .draw: if hasStarted || stop != nil { JournalLog.show(liveLine.text(status)) }
        case .signal(let signal): return stop(because: signal)
        case .stopLate: stopLate()
        case .patienceEnds:
            // The second signal ends the wait for threads that a disk blocks.
            log.error("stopped without waiting for \(taps.count) taps whose disk does not answer")
            JournalLog.flush()
            _exit(Daemon.ExitCode.failure)
        }
        return exitIfDone()
    }

    // The data plane

    private mutating func take(_ event: CaptureEvent) {
        if let notice = Notice(event, advice: confinement.advice(on:)) { log.log(notice) }
        switch event {
        case .suspended(let source, let error):
            accounts.suspended(source, because: "\(error)")
            coverage.suspended(source)
        case .resumed(let source, _):
            accounts.resumed(source)
            coverage.resumed(source)
        case .lossBegan(let meter, let subject): lossBegan(meter, subject)
        case .alive(let source, let time): coverage.alive(source, time)
        case .captureEnded(let tap, let pipeline):
            if let record = taps[tap]?.captureEnded(pipeline) { ended(record) }
        case .ended(let number): ended(number)
        case .expired(let removal): coverage.removed(removal)
        case .removed(let segment): coverage.removed(segment)
        case .sealed, .buffered, .leftOpen, .retentionFailed: break
        }
    }

    /// Notes that a writer has ended.
    private mutating func ended(_ record: CaptureRecord) {
        log.log(accounts.ended(record))
        if record.activity.isSuspended { coverage.resumed(record.source) }
    }

    private mutating func ended(_ number: Int) {
        guard let tap = taps.remove(number) else { return }
        requests.ended(tap: number)
        // A tap that never received anything has no counts to report.
        guard tap.hasReceived else { return }
        for record in tap.captures { ended(record) }
        log.log(accounts.ended(tapOn: tap.rule.interface.name, History.TapRecord(tap)))
        watchExpiry()
    }

    /// Applies retention to captures without a tap. Writers do it for all others.
    func watchExpiry() {
        let served = Set(taps.all.flatMap { $0.rule.captures.map(\.rule.name) })
        let unserved = settings.captures.map(\.rule.name).filter { !served.contains($0) }
        disks.expiry.watch(unserved.compactMap { retentions[$0] })
    }

    // Stopping

    private mutating func stop(because signal: Signal) -> Action {
        switch stop {
        case nil:
            log.info(
                "stopping (\(signal)): what the kernel has accepted is written; a second signal stops at once",
                metadata: .about(.stopping))
            (stop, stopTime) = (.drain, .now)
            manager?.stopping()
            tell(.beat)
            for tap in taps.all { tap.stop() }
            stopLate()
        case .drain where !taps.isEmpty:
            log.warning("stopping at once (\(signal)): what is not written yet is lost", metadata: .about(.stopping))
            stop = .atOnce
            for tap in taps.all { tap.abandon() }
            return .limitPatience
        default: break
        }
        return exitIfDone()
    }

    /// Checks a stop that takes long. A disk that does not answer blocks writers, which no signal ends. When every
    /// other thread has ended, the process waits only for those and closes its sockets, so that another daemon can
    /// start.
    private mutating func stopLate() {
        guard stop == .drain, !taps.isEmpty else { return }
        let stalled = stopPulse.look(at: taps.threads, now: Clock.monotonic()).stalled
        guard stalled.count >= taps.count else { return send(.stopLate, after: Supervisor.stopPatience) }
        let names = stalled.map(\.thread).sorted().joined(separator: ", ")
        log.warning(
            """
            stopped but for writers whose disk does not answer: the process ends when it does (a second signal gives \
            their packets up): \(names)
            """, metadata: .about(.waiting, cause: "disk"))
        control.close()
    }

    private func exitIfDone() -> Action {
        guard let stop, taps.isEmpty else { return .goOn }
        log.info("stopped", metadata: .about(.stopped))
        return .exit(stop == .drain ? 0 : Daemon.ExitCode.failure)
    }
}
