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
    /// What was too old of captures that no tap serves has been removed.
    case expired
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

/// The state of the running daemon, and what each event changes in it. What belongs together is in files of its own:
/// `Supervisor+Interfaces`, `+Reload`, `+Control`, `+Status`.
struct Supervisor {
    /// The configuration's file, to be read again.
    let path: String
    var settings: Settings
    var retentions: Retentions
    let compilers: FilterCompilers
    let confinement: Confinement
    let manager: ServiceManager?
    private var heartbeat: Heartbeat?
    let control: ControlServer
    let log: Logger
    let tell: @Sendable (DaemonEvent) -> Void

    /// Interfaces that are there, by index.
    var links: [Int32: Interface] = [:]
    /// Taps whose threads run, by their number.
    var taps: [Int: RunningTap] = [:]
    var nextTap = 0
    /// How often taps on an interface, by its index, could not be opened.
    var attempts: [Int32: Int] = [:]
    /// Interfaces, by index, on which it will be tried again.
    var retrying: Set<Int32> = []
    /// Captures, by name, whose wait for an interface has been told.
    var waiting: Set<String> = []
    private(set) var stop: Stop?
    /// The reload that taps have not all taken over yet: its number, how many are missing, when it began.
    var reload: (number: Int, missing: Int, began: UInt64)?
    var reloads = 0
    /// Another reload was ordered meanwhile.
    var reloadsAgain = false
    /// Whether the configuration was not right when it was read last.
    var isRefused = false
    /// When it was made, by the monotonic clock, and when its configuration was read.
    let began = Clock.monotonic()
    var loaded = Moment.now
    var failedReloads = 0
    var orders = OpenOrders()
    private(set) var history = History()
    /// Why captures are suspended.
    private(set) var troubles: [CaptureSource: String] = [:]
    /// Why captures, by name, cannot run on an interface, by its index.
    var refusals: [Int32: [String: String]] = [:]
    /// Removes what becomes too old of captures that no tap serves; nil when nothing will.
    private var expiry: Task<Void, Never>?

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

    var report: CaptureReport { { [tell] in tell(.capture($0)) } }

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
        watchExpiry()
    }

    mutating func take(_ event: DaemonEvent) -> Action {
        switch event {
        case .capture(let event): take(event)
        case .link(.present(let interface)) where stop == nil: appeared(interface)
        case .link(.removed(let index)): disappeared(index)
        case .retry(let index): retry(on: index)
        case .link: break
        case .signal(.sighup): reloadConfiguration()
        case .control(let order): take(order)
        case .sealed(let order, let tap, let result): orders.sealed(order, tap: tap, result)
        case .late(let order): orders.late(order)
        case .changed(let number): changed(number)
        case .expired: watchExpiry()
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
        case .expired(let removal):
            log.log(
                level: removal.beneficiary == nil ? .info : .notice, "\(Report.removed(removal))",
                metadata: .about(.removed, capture: removal.capture, cause: removal.reason.rawValue))
        case .retentionFailed(let capture, let error):
            log.error(
                "capture \(capture): \(error); retention tries again",
                metadata: .about(.retention, capture: capture, cause: "\(error.errno)"))
        case .captureEnded(let tap, let outlet):
            if let record = taps[tap]?.captureEnded(outlet) { captureEnded(record) }
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
        watchExpiry()
    }

    /// Sees to it that segments of captures that no tap serves, such as those whose interface is gone, do not become older than they
    /// may. Writer threads see to all others. Off this loop, since the disk may take long.
    mutating func watchExpiry() {
        expiry?.cancel()
        let served = Set(taps.values.flatMap { $0.rule.captures.map(\.rule.name) })
        let unserved = settings.captures.map(\.rule.name).filter { !served.contains($0) }
        let retentions = unserved.compactMap { self.retentions[$0] }
        expiry = retentions.compactMap { $0.delay() }.min().map { [tell] delay in
            Task { await Supervisor.prune(retentions, after: delay) { tell(.expired) } }
        }
    }

    /// Waits for so many nanoseconds and removes what has expired then.
    @concurrent private static func prune(
        _ retentions: [Retention], after delay: Int64, then done: @Sendable () -> Void
    ) async {
        do { try await Task.sleep(for: .nanoseconds(delay)) } catch { return }
        for retention in retentions { retention.prune() }
        done()
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
