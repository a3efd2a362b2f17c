import BPF
import Capture
import Control
import Glibc
import Linux
import Logging
import Settings

/// The running daemon, and what each event changes in it. What can be decided without a thread or a kernel object is decided by
/// values with private state (`Interfaces`, `Openings`, `ReloadProgress`, `PendingRequests`, `Accounts`); the supervisor
/// tells them the events and carries out what they return. It waits for nothing: what may take long runs on threads of its
/// own, whose results are events.
struct Supervisor {
    /// The configuration's file, to be read again.
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
    /// What the reload under way has read, until its taps are opened.
    var pendingReload: ReloadReader.Found?
    var requests = PendingRequests()
    private(set) var accounts = Accounts()
    /// Whether every tap that could be opened at the start is.
    private(set) var hasStarted = false
    private(set) var stop: Stop?
    /// When that was.
    private(set) var stopTime: Moment?
    var coverage: CoverageAccounts
    /// Which tap served what before the reload under way.
    var tapMoves: TapMoves?
    /// When it was made, by the monotonic clock, and when its configuration was read.
    let began = Clock.monotonic()
    private(set) var loaded = Moment.now
    let started = Moment.now

    /// Which threads the disks hold while it stops.
    private var stopPulse = HangDetector()

    enum Stop { case drain, atOnce }

    /// Seconds after which a stop looks what it waits for, again and again.
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

    /// Begins to open a tap wherever one of `found` is wanted and up; what fails is said, and tried again.
    mutating func start(on found: [Interface]) {
        accountForCoverage()
        for interface in found { perform(interfaces.present(interface, tapped: nil)) }
        perform(interfaces.tellWaiting())
        finishStart()
    }

    /// Says that the daemon captures, when no tap of the start is missing any more.
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

    /// Takes over what a reload has put in force. True: a directory has answered meanwhile, for which the reload has no tap.
    mutating func take(_ settings: Settings, _ next: SegmentCatalogs) -> Bool {
        var next = next
        let settled = next.settle(with: retentions)
        (self.settings, retentions, loaded) = (settings, next, .now)
        retentions.putInForce(settings.captures.map(\.rule), freeSpace: settings.freeSpace)
        accountForCoverage()
        return !settled.isEmpty
    }

    /// A directory whose disk did not answer at the start has been looked through: its capture begins.
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

    /// Opens taps for captures that none serves yet.
    mutating func openEverywhere() {
        for interface in interfaces.all where interface.isUp { perform([.open(interface.index)]) }
    }

    /// Opens taps of the configuration in force, or of another one, on a thread of its own.
    func opener(for settings: Settings, _ retentions: SegmentCatalogs) -> TapOpener {
        TapOpener(
            settings: settings, retentions: retentions, compilers: compilers, numbers: numbers, writers: taps.writers,
            report: { [tell] in tell(.capture($0)) })
    }

    /// Sends an event after so many seconds.
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
            // Until it has started the service manager waits for that alone.
            guard hasStarted || stop != nil else { break }
            let status = status
            heartbeat?.beat(status, taps, refused: reload.isRefused)
        case .draw: if hasStarted || stop != nil { JournalLog.show(liveLine.text(status)) }
        case .signal(let signal): return stop(because: signal)
        case .stopLate: stopLate()
        case .patienceEnds:
            // Waiting for threads that the disk holds is what the second signal was meant to end.
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
        case .captureEnded(let tap, let outlet):
            if let record = taps[tap]?.captureEnded(outlet) { ended(record) }
        case .ended(let number): ended(number)
        case .expired(let removal): coverage.removed(removal)
        case .removed(let segment): coverage.removed(segment)
        case .sealed, .buffered, .leftOpen, .retentionFailed: break
        }
    }

    /// A writer has ended.
    private mutating func ended(_ record: CaptureRecord) {
        log.log(accounts.ended(record))
        if record.activity.isSuspended { coverage.resumed(record.source) }
    }

    private mutating func ended(_ number: Int) {
        guard let tap = taps.remove(number) else { return }
        requests.ended(tap: number)
        // One that never received anything was not seen by anybody.
        guard tap.hasReceived else { return }
        for record in tap.captures { ended(record) }
        log.log(accounts.ended(tapOn: tap.rule.interface.name, History.TapRecord(tap)))
        watchExpiry()
    }

    /// Sees to it that segments of captures that no tap serves do not stay for longer than they may. Writers see to all others.
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

    /// A disk that does not answer keeps writers, which no signal ends. When every other thread has ended, the process waits for
    /// those alone, out of the way of another one: it listens no more.
    private mutating func stopLate() {
        guard stop == .drain, !taps.isEmpty else { return }
        let threads = taps.all.flatMap { tap in
            tap.steps.map { HangDetector.Thread(tap: tap.index, name: $0.thread, step: $0.step) }
        }
        let stalled = stopPulse.look(at: threads, now: Clock.monotonic()).stalled
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
