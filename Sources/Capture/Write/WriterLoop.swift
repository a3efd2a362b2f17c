import Linux
import SystemPackage

/// One thread per capture and interface: takes the orders of the store side, one large write for each hold buffer, and does
/// nothing but input and output, and compression where a capture wants it.
///
/// When the disk refuses, the segment is cut after its last whole record and sealed, and the capture is suspended: every
/// packet is counted as `diskDropped`, and once a second a new segment is tried. It resumes by itself. A segment that could
/// not be sealed is tried again then, too, before a new one begins.
struct WriterLoop: ~Copyable, Sendable {
    let source: CaptureSource
    private var rule: CaptureRule
    let exchange: Exchange
    private var retention: SegmentCatalog
    let counters: CaptureCounters
    let tapCounters: TapCounters
    let report: CaptureReport

    private var segment: Segment?
    /// One that has ended, and that the disk did not let be sealed.
    private var unsealed: Segment?
    /// Of a capture that wants it; kept from segment to segment.
    private var compressor: Compressor?
    /// Packets that were taken over from the store, but are not in the file yet.
    private var pending: UInt64 = 0
    /// Between which times those that are lost came, if they are; in nanoseconds since 1970.
    private var pendingTimes: (from: Int64, to: Int64) = (.max, 0)
    /// When to say again that packets come, by the monotonic clock.
    private var saysAliveAt: UInt64 = 0
    private var suspension: Suspension?

    /// Since the disk refused.
    private struct Suspension {
        /// When to try again, by the monotonic clock.
        var retryAt: UInt64
        var lost: UInt64
    }

    /// Whether it has been told that the file system has no direct input and output.
    private var saidBuffered = false

    init(
        source: CaptureSource, rule: CaptureRule, exchange: Exchange, retention: SegmentCatalog,
        counters: CaptureCounters,
        tapCounters: TapCounters, report: @escaping CaptureReport
    ) {
        (self.source, self.rule, self.exchange, self.retention) = (source, rule, exchange, retention)
        (self.counters, self.tapCounters, self.report) = (counters, tapCounters, report)
    }

    /// Writes until the store side has closed the exchange, and everything is on its way to the disk.
    consuming func run() {
        retention.prune()
        while true {
            counters.progress.note(.waiting)
            let delivery = exchange.takeOrder(until: deadline)
            counters.progress.note(.storing)
            switch consume delivery {
            case .order(.write(let hold)):
                write(hold)
                exchange.giveFree(hold.release())
            case .order(.seal(let acknowledge)):
                let result = seal()
                acknowledge?(result)
            case .order(.change(let rule, let retention)): (self.rule, self.retention) = (rule, retention)
            case .nothingYet: runTimers()
            case .end: return leave()
            }
        }
    }

    /// A segment that is still open was given up: as a `.part`, whole up to its last write. What is left in hold is lost with it;
    /// what the drain thread gives after that, it counts itself.
    private mutating func leave() {
        if pending > 0, let rest = compressor?.rest() { try? appendPacked(rest) }
        let abandoned = exchange.countAbandoned()
        if abandoned > 0 { pendingTimes.to = Clock.wall() }
        pending += abandoned
        lose()
        if segment?.isEmpty == true { seal() }
        try? segment?.cut()
        do { try sealUnsealed() } catch { report(.leftOpen(source, error)) }
        counters.progress.note(.waiting)
    }

    private mutating func write(_ hold: borrowing Hold) {
        let began = Clock.monotonic()
        pending += UInt64(hold.records)
        let oldest = Clock.wall() - Int64(began - min(hold.since, began))
        pendingTimes = (min(pendingTimes.from, oldest), hold.last.nanosecondsSince1970)
        do {
            if let start = hold.begins { try open(from: start) }
            try append(hold)
        } catch {
            suspend(error)
        }
        guard let summary = segment?.summary else { return lose() }
        counters.activity.note(written: hold, to: summary, since: began)
        resume()
        sayAlive(at: began, packet: hold.last)
        if segment?.isDirect == false { tellBuffered(because: segment?.bufferingReason ?? .invalidArgument) }
    }

    /// Writes a hold buffer to the segment, compressed if the capture wants it.
    private mutating func append(_ hold: borrowing Hold) throws(SystemError) {
        guard segment != nil else { return }
        let isFlush = hold.isFlush || rule.sync == .hold
        guard let packed = try compressor?.packed(hold, isFlush: isFlush) else {
            try segment?.append(hold)
            return settle(hold.records)
        }
        try appendPacked(packed)
    }

    private mutating func appendPacked(_ packed: consuming Hold) throws(SystemError) {
        do { try segment?.append(packed) } catch {
            compressor?.takeBack(packed)
            throw error
        }
        settle(packed.records)
        compressor?.takeBack(packed)
    }

    /// Counts packets that are in the file now.
    private mutating func settle(_ records: Int) {
        counters.add(written: UInt64(records))
        pending -= UInt64(records)
        if pending == 0 { pendingTimes.from = .max }
    }

    private mutating func open(from start: Timestamp) throws(SystemError) {
        seal()
        if let suspension, Clock.monotonic() < suspension.retryAt { return }
        try sealUnsealed()
        retention.prune()
        if rule.kind.compression == .none {
            compressor = nil
        } else if compressor == nil {
            compressor = try Compressor(size: rule.buffers.size)
        }
        segment = try Segment(of: source, rule: rule, retention: retention, from: start)
    }

    /// Ends the segment, should there be one; returns the path of what has been sealed.
    @discardableResult
    private mutating func seal() -> Result<String?, SystemError> {
        unsealed = segment.take() ?? unsealed.take()
        counters.activity.publish(open: nil)
        do {
            return .success(try sealUnsealed())
        } catch {
            suspend(error)
            return .failure(error)
        }
    }

    /// Seals the segment that has ended, should there be one, and returns its path; it stays when that fails.
    @discardableResult
    private mutating func sealUnsealed() throws(SystemError) -> String? {
        // Its own retention: the capture may write elsewhere by now.
        guard let retention = unsealed?.retention, let opened = unsealed?.opened,
            let (end, summary, name) = try unsealed?.seal()
        else { return nil }
        unsealed = nil
        switch end {
        case .sealed:
            retention.add(name, size: summary.size, opened: opened)
            report(.sealed(summary, counters.counts, tapCounters.counts))
            retention.prune()
            return summary.path
        case .removed: report(.removed(summary))
        case .empty: break
        }
        return nil
    }

    /// Says once that whole pages go through the page cache.
    private mutating func tellBuffered(because reason: Errno) {
        if !saidBuffered { report(.buffered(source, directory: rule.directory, because: reason)) }
        saidBuffered = true
    }

    private mutating func suspend(_ error: SystemError) {
        if suspension == nil { report(.suspended(source, error)) }
        // A file that may not grow any more is no fault of the disk: the next one may at once.
        let pause: UInt64 = error.errno == .fileTooLarge ? 0 : .nanosecondsPerSecond
        counters.activity.publish(isSuspended: true)
        suspension = Suspension(retryAt: Clock.monotonic() + pause, lost: suspension?.lost ?? 0)
        exchange.wantNewSegment(true)
        if segment != nil { seal() }
    }

    /// Packets that are not in the file will never be.
    private mutating func lose() {
        counters.diskLosses.add(pending, from: min(pendingTimes.from, pendingTimes.to), to: pendingTimes.to)
        suspension?.lost += pending
        (pending, pendingTimes.from) = (0, .max)
    }

    private mutating func resume() {
        guard let ended = suspension else { return }
        suspension = nil
        counters.activity.publish(isSuspended: false)
        exchange.wantNewSegment(false)
        report(.resumed(source, lost: ended.lost))
    }

    /// Says, not too often, that packets come, so that after a crash it is known until when they did.
    private mutating func sayAlive(at now: UInt64, packet: Timestamp) {
        guard now >= saysAliveAt, packet != .epoch else { return }
        saysAliveAt = now + WriterLoop.aliveInterval
        report(.alive(source, packet))
    }

    /// Nanoseconds.
    private static let aliveInterval: UInt64 = 10_000_000_000

    /// Does what time asks for.
    private mutating func runTimers() {
        if let suspension, Clock.monotonic() >= suspension.retryAt { seal() }
        retention.prune()
    }

    /// When `runTimers` has something to do, by the monotonic clock.
    private var deadline: UInt64? {
        let retry = unsealed == nil ? nil : suspension?.retryAt
        let prune = retention.delay().map { Clock.monotonic() + UInt64($0) }
        return [retry, prune].compactMap(\.self).min()
    }
}
