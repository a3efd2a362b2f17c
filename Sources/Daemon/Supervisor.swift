import BPF
import Capture
import Control
import Glibc
import Linux
import Logging
import Settings
import UnixSignals

/// Everything the control plane can be told, in the order in which it happened.
enum DaemonEvent: Sendable {
    case capture(CaptureEvent)
    case link(LinkChange)
    /// Taps that could not be opened on the interface with this index may be now.
    case retry(interface: Int32)
    case signal(UnixSignal)
    case control(ControlOrder)
    /// A tap has ended a segment as ordered: its path, if it had one, or why it could not.
    case sealed(order: Int, tap: Int, Result<String?, SystemError>)
    /// Who gave this order has waited long enough.
    case late(order: Int)
    /// A tap serves what the reload with this number wants.
    case changed(reload: Int)
    /// What was ordered to stop at once had its time.
    case patienceEnds
    /// The service manager is to hear from us.
    case beat
}

/// What the loop has to do after an event.
enum Action: Equatable {
    case goOn
    /// Send `patienceEnds` in a while.
    case limitPatience
    case exit(CInt)
}

/// The state of the running daemon, and what each event changes in it.
struct Supervisor {
    /// The configuration's file, to be read again.
    let path: String
    private(set) var settings: Settings
    private(set) var retentions: Retentions
    private let compilers: FilterCompilers
    private let confinement: Confinement
    private let manager: ServiceManager?
    private var heartbeat: Heartbeat?
    private let control: ControlServer
    private let log: Logger
    let tell: @Sendable (DaemonEvent) -> Void

    /// Interfaces that are there, by index.
    private var links: [Int32: Interface] = [:]
    /// Taps whose threads run, by their number.
    private(set) var taps: [Int: RunningTap] = [:]
    private var nextTap = 0
    /// How often taps on an interface, by its index, could not be opened.
    private var attempts: [Int32: Int] = [:]
    /// Captures, by name, whose wait for an interface has been told.
    private var waiting: Set<String> = []
    private(set) var stop: Stop?
    /// The reload that taps have not all taken over yet: its number, how many are missing, when it began.
    private(set) var reload: (number: Int, missing: Int, began: UInt64)?
    private(set) var reloads = 0
    /// Another reload was ordered meanwhile.
    private var reloadsAgain = false
    /// Whether the configuration was not right when it was read last.
    private var isRefused = false
    /// When it was made, by the monotonic clock, and when its configuration was read.
    let began = Clock.monotonic()
    private(set) var loaded = Moment.now
    private(set) var failedReloads = 0
    var orders = OpenOrders()
    private(set) var history = History()
    /// Why captures do not capture where they should.
    private(set) var troubles: [CaptureSource: String] = [:]

    enum Stop { case drain, atOnce }

    init(
        _ settings: Settings, path: String, retentions: Retentions, compilers: FilterCompilers,
        confinement: Confinement, manager: ServiceManager?, control: ControlServer, log: Logger,
        tell: @escaping @Sendable (DaemonEvent) -> Void
    ) {
        (self.settings, self.path, self.retentions, self.compilers) = (settings, path, retentions, compilers)
        self.confinement = confinement
        (self.manager, self.control, self.log, self.tell) = (manager, control, log, tell)
        heartbeat = manager.map(Heartbeat.init)
    }

    private var report: CaptureReport { { [tell] in tell(.capture($0)) } }

    /// Opens and starts a tap wherever one of `interfaces` is wanted and up. Throws when no packet socket may be opened; what
    /// fails on one interface is said, and tried again.
    mutating func start(on interfaces: [Interface]) throws(TapError) {
        for interface in interfaces {
            links[interface.index] = interface
            do throws(TapError) {
                try open(on: interface)
            } catch .notPermitted {
                throw .notPermitted
            } catch {
                failed(on: interface, error)
            }
        }
        tellWaiting()
        let captures = settings.captures.map(\.rule.name).joined(separator: ", ")
        let names = Set(taps.values.map(\.rule.interface.name)).sorted().joined(separator: ", ")
        log.info("capturing \(captures) on \(names.isEmpty ? "no interface yet" : names)")
    }

    mutating func take(_ event: DaemonEvent) -> Action {
        switch event {
        case .capture(let event): take(event)
        case .link(.present(let interface)) where stop == nil: appeared(interface)
        case .link(.removed(let index)): disappeared(index)
        case .retry(let index) where stop == nil: if let interface = links[index] { openOrRetry(on: interface) }
        case .link, .retry: break
        case .signal(.sighup): reloadConfiguration()
        case .control(let order): take(order)
        case .sealed(let order, let tap, let result): orders.sealed(order, tap: tap, result)
        case .late(let order): orders.late(order)
        case .changed(let number): changed(number)
        case .beat:
            let (status, taps) = (status, taps)
            heartbeat?.beat(status, taps, refused: isRefused)
        case .signal(let signal): return stop(because: signal)
        case .patienceEnds:
            // Waiting for threads that the disk holds is what the second signal was meant to end.
            log.error("stopped without waiting for \(taps.count) taps whose disk does not answer")
            _exit(Daemon.ExitCode.failure)
        }
        return exitIfDone()
    }

    // Interfaces

    private mutating func appeared(_ interface: Interface) {
        guard links.updateValue(interface, forKey: interface.index) != interface else { return }
        // A tap's segments carry the name it started with, and one kind of frames: with others it starts anew.
        if let tap = openTaps(on: interface.index).first, !tap.rule.interface.isStill(interface) {
            let isRenamed = tap.rule.interface.name != interface.name
            close(interface.index, because: isRenamed ? "is now \(interface.name)" : "has frames of another kind now")
        }
        openOrRetry(on: interface)
        tellWaiting()
    }

    private mutating func openOrRetry(on interface: Interface) {
        let tapsBefore = nextTap
        do throws(TapError) { try open(on: interface) } catch { return failed(on: interface, error) }
        attempts[interface.index] = nil
        if nextTap > tapsBefore {
            log.info("capturing on \(interface.name)", metadata: .about(.capturing, interface: interface.name))
        }
    }

    /// Tries again in a while, less and less often: after 1, 2, 4 seconds, and in the end once a minute.
    private mutating func failed(on interface: Interface, _ error: TapError) {
        let attempt = attempts[interface.index, default: 0]
        attempts[interface.index] = attempt + 1
        let pause = min(1 << min(attempt, 6), 60)
        log.error(
            "\(error); tried again in \(pause) s",
            metadata: .about(.failed, interface: interface.name, cause: error.cause))
        Task { [tell] in
            try? await Task.sleep(for: .seconds(pause))
            tell(.retry(interface: interface.index))
        }
    }

    /// The taps on an interface that are not about to end.
    private func openTaps(on index: Int32) -> [RunningTap] {
        taps.values.filter { $0.rule.interface.index == index && !$0.isStopping }
    }

    private mutating func disappeared(_ index: Int32) {
        guard links.removeValue(forKey: index) != nil else { return }
        attempts[index] = nil
        close(index, because: "is gone")
        tellWaiting()
    }

    private mutating func open(on interface: Interface) throws(TapError) {
        guard interface.isUp, openTaps(on: interface.index).isEmpty else { return }
        guard interface.linkType != nil || settings.captures.allSatisfy({ !$0.interface.matches(interface.name) })
        else {
            let error = TapError.unknownLinkType(interface)
            return log.notice("\(error)", metadata: .about(.failed, interface: interface.name, cause: error.cause))
        }
        do throws(TapError) {
            let planner = TapPlanner(settings: settings, interface: interface, compilers: compilers)
            let (rules, refused) = try planner.rules()
            for (capture, reason) in refused {
                troubles[CaptureSource(capture: capture, interface: interface.name)] = "\(reason)"
                log.error(
                    "capture \(capture) cannot run on \(interface.name): \(reason)",
                    metadata: .about(.refused, capture: capture, interface: interface.name, cause: "\(reason)"))
            }
            for rule in rules { try start(rule) }
            if let notice = Report.taps(rules) {
                log.notice("\(notice)", metadata: .about(.tap, interface: interface.name))
            }
        } catch {
            // All of its taps, or none.
            for tap in openTaps(on: interface.index) { tap.stop() }
            // One that is gone again, or down, is no failure: it will be said, and waited for.
            if (try? interface.isStillUp()) ?? true { throw error }
        }
    }

    /// Opens the taps of a rule, one for each worker, and starts their threads.
    private mutating func start(_ rule: TapRule) throws(TapError) {
        var group: UInt16?
        for worker in rule.workers { try start(Tap(worker, retentions: retentions, group: &group), worker) }
    }

    private mutating func start(_ tap: consuming Tap, _ rule: TapRule) throws(TapError) {
        do {
            let running = try tap.start(nextTap, report: report)
            taps[nextTap] = running
            if running.ring != rule.ring {
                let (name, sizes) = (rule.interface.name, "\(running.ring.size) bytes, not \(rule.ring.size)")
                log.warning(
                    "the ring of \(name) has \(sizes): the kernel lacks the memory for more",
                    metadata: .about(.tap, interface: name, cause: "memory"))
            }
            nextTap += 1
        } catch {
            throw .system(error)
        }
    }

    private func close(_ index: Int32, because reason: String) {
        let affected = openTaps(on: index)
        guard let name = affected.first?.rule.interface.name else { return }
        log.warning(
            "interface \(name) \(reason): its segments end here",
            metadata: .about(.gone, interface: name, cause: reason))
        for tap in affected { tap.stop() }
    }

    /// Tells once for each capture that it has no interface, until it has one.
    private mutating func tellWaiting() {
        guard stop == nil else { return }
        for capture in settings.captures {
            let hasInterface = links.values.contains { $0.isUp && capture.interface.matches($0.name) }
            if hasInterface {
                waiting.remove(capture.rule.name)
            } else if waiting.insert(capture.rule.name).inserted {
                let (name, interface) = (capture.rule.name, capture.interface.text)
                log.notice(
                    "capture \(name) waits for interface \(interface), which is not there or down",
                    metadata: .about(.waiting, capture: name, interface: interface))
            }
        }
    }

    // The data plane

    private mutating func take(_ event: CaptureEvent) {
        switch event {
        case .sealed(let segment, let capture, let tap):
            log.info("\(Report.sealed(segment, capture, tap))", metadata: .about(.sealed, segment.source))
        case .buffered(let source, let directory):
            log.notice(
                "\(Report.name(source)): the file system of \(directory) has no direct I/O, so writing costs more",
                metadata: .about(.buffered, source))
        case .suspended(let source, let error):
            troubles[source] = "\(error)"
            let advice = confinement.advice(on: error)
            log.error(
                "\(Report.name(source)) is suspended, and its packets are lost until it resumes: \(error)\(advice)",
                metadata: .about(.suspended, source, cause: "\(error.errno)"))
        case .resumed(let source, let lost):
            troubles[source] = nil
            log.notice(
                "\(Report.name(source)) resumes: disk_dropped=\(lost) meanwhile", metadata: .about(.resumed, source))
        case .removed(let segment):
            log.warning("\(Report.removed(segment))", metadata: .about(.removed, segment.source))
        case .leftOpen(let source, let error):
            log.error(
                "\(Report.name(source)): \(error); its last segment stays a .part until the next start",
                metadata: .about(.leftOpen, source, cause: "\(error.errno)"))
        case .retentionFailed(let capture, let error):
            log.error(
                "capture \(capture): \(error)", metadata: .about(.retention, capture: capture, cause: "\(error.errno)"))
        case .captureEnded(let tap, let source):
            if let record = taps[tap]?.captureEnded(source) { captureEnded(record) }
        case .ended(let index): ended(index)
        }
    }

    private mutating func captureEnded(_ record: CaptureRecord) {
        history.add(record)
        troubles[record.source] = nil
        log.log(
            level: record.counts.losses == 0 ? .info : .warning,
            "\(Report.name(record.source)) ended: \(Report.line(record.counts))",
            metadata: .about(.ended, record.source))
    }

    private mutating func ended(_ index: Int) {
        guard let tap = taps.removeValue(forKey: index) else { return }
        orders.ended(tap: index)
        for record in tap.captures { captureEnded(record) }
        history.add(tap)
        let counts = tap.counts
        log.log(
            level: counts.ringDropped == 0 ? .info : .warning,
            "tap on \(tap.rule.interface.name) ended: \(Report.line(counts))",
            metadata: .about(.ended, interface: tap.rule.interface.name))
    }

    // Changing the configuration

    mutating func reloadConfiguration() {
        guard stop == nil else { return orders.finishReload(.failure(.stopping)) }
        guard reload == nil else {
            reloadsAgain = true
            return
        }
        let began = Clock.monotonic()
        manager?.reloading()
        do {
            let (next, interfaces) = try Settings.checked(path, with: compilers)
            let listeners = try control.listen(next)
            let retentions = try Reload.retentions(retentions, for: next)
            let change = try Reload(
                next, retentions: retentions, taps: taps.values.filter { !$0.isStopping }, interfaces: interfaces,
                compilers: compilers)
            try change.attach()
            control.serve(listeners)
            putInForce(change, since: began)
        } catch let error as ConfigurationError {
            notReloaded(error.mistakes)
        } catch let error as SystemError {
            notReloaded(["\(error)\(confinement.advice(on: error))"])
        } catch {
            notReloaded([error])
        }
    }

    private mutating func notReloaded(_ reasons: [Any]) {
        failedReloads += 1
        orders.finishReload(.failure(.wrong(reasons.map { "\($0)" })))
        isRefused = true
        for reason in reasons { log.error("\(reason)") }
        log.error("not reloaded: the captures go on as they are")
        manager?.ready()
        tell(.beat)
    }

    private mutating func putInForce(_ change: Reload, since began: UInt64) {
        (settings, retentions, loaded) = (change.settings, change.retentions, .now)
        retentions.putInForce(settings.captures.map(\.rule), freeSpace: settings.freeSpace)
        for notice in change.notices { log.notice("\(notice)") }
        reloads += 1
        var missing = 0
        let acknowledge: @Sendable () -> Void = { [tell, reloads] in tell(.changed(reload: reloads)) }
        do throws(TapError) {
            for (tap, next) in change.changes {
                try tap.serve(next, retentions: retentions, acknowledge: acknowledge)
                missing += 1
            }
            for rule in change.beginning { try start(rule) }
        } catch {
            log.error("\(error)")
        }
        for tap in change.ending { tap.stop() }
        reload = (reloads, missing, began)
        if missing == 0 { reloaded() }
        tellWaiting()
    }

    private mutating func changed(_ number: Int) {
        guard reload?.number == number else { return }
        reload?.missing -= 1
        if reload?.missing == 0 { reloaded() }
    }

    private mutating func reloaded() {
        guard let done = reload else { return }
        reload = nil
        let microseconds = (Clock.monotonic() - done.began) / 1000
        let names = settings.captures.map(\.rule.name)
        log.info("reloaded \(path) in \(microseconds) µs: capturing \(names.joined(separator: ", "))")
        orders.finishReload(.success(Reloaded(captures: names, seconds: Double(microseconds) / 1e6)))
        isRefused = false
        manager?.ready()
        tell(.beat)
        if reloadsAgain {
            reloadsAgain = false
            reloadConfiguration()
        }
    }

    // Stopping

    private mutating func stop(because signal: UnixSignal) -> Action {
        switch stop {
        case nil:
            log.info("stopping (\(signal)): what the kernel has accepted is written; a second signal stops at once")
            stop = .drain
            manager?.stopping()
            tell(.beat)
            for tap in taps.values { tap.stop() }
        case .drain where !taps.isEmpty:
            log.warning("stopping at once (\(signal)): what is not written yet is lost")
            stop = .atOnce
            for tap in taps.values { tap.abandon() }
            return .limitPatience
        default: break
        }
        return exitIfDone()
    }

    private func exitIfDone() -> Action {
        guard let stop, taps.isEmpty else { return .goOn }
        log.info("stopped")
        return .exit(stop == .drain ? 0 : Daemon.ExitCode.failure)
    }
}
