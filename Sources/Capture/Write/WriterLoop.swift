import Counters
import Linux
import Rules
import Segments
import SystemPackage

/// The writer thread of one capture on one interface: runs the commands of the store, with one large write per hold
/// buffer. It only does input and output, and compression if the capture wants it.
///
/// When the disk refuses, the writer cuts the segment after its last whole record, seals it, and suspends the capture:
/// packets count as `diskDropped`. It tries a new segment once a second, and the capture resumes by itself. A segment
/// that could not be sealed is retried first (I6).
struct WriterLoop: ~Copyable, Sendable {
    let source: CaptureSource
    private var rule: CaptureRule
    let exchange: Exchange
    private var retention: SegmentCatalog
    let counters: CaptureCounters
    let tapCounters: TapCounters
    let report: CaptureReport

    private var segment: Segment?
    /// An ended segment that could not be sealed yet.
    private var unsealed: Segment?
    /// The compressor of a compressed capture, kept from segment to segment.
    private var compressor: Compressor?
    /// Packets taken from the store that are not in the file yet.
    private var pending: UInt64 = 0
    /// Bounds of their timestamps, for the case that they are lost, in nanoseconds since 1970.
    private var pendingTimes: (from: Int64, to: Int64) = (.max, 0)
    /// Next time to report that packets arrive, by the monotonic clock.
    private var saysAliveAt: UInt64 = 0
    private var suspension: Suspension?

    /// State while the disk refuses.
    private struct Suspension {
        /// Time of the next attempt, by the monotonic clock, in nanoseconds.
        var retryAt: UInt64
        var lost: UInt64
    }

    /// Whether the lack of direct I/O has been reported.
    private var saidBuffered = false

    init(
        source: CaptureSource, rule: CaptureRule, exchange: Exchange, retention: SegmentCatalog,
        counters: CaptureCounters,
        tapCounters: TapCounters, report: @escaping CaptureReport
    ) {
        (self.source, self.rule, self.exchange, self.retention) = (source, rule, exchange, retention)
        (self.counters, self.tapCounters, self.report) = (counters, tapCounters, report)
    }

    /// Runs until the store has closed the exchange and everything is on its way to the disk.
    consuming func run() {
        retention.prune()
        while true {
            counters.progress.note(.waiting)
            let delivery = exchange.takeCommand(until: deadline)
            counters.progress.note(.storing)
            switch consume delivery {
            case .command(.write(let hold)):
                write(hold)
                exchange.giveFree(hold.release())
            case .command(.seal(let acknowledge)):
                let result = seal()
                acknowledge?(result)
            case .command(.change(let rule, let retention)): (self.rule, self.retention) = (rule, retention)
            case .nothingYet: runTimers()
            case .end: return leave()
            }
        }
    }

    /// Ends the thread. A segment that is still open was abandoned: it stays as a `.part` that is whole up to its
    /// last write (I8). Packets left in hold are counted as dropped; later ones are counted by the drain thread (I3).
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
            return countWritten(hold.records)
        }
        try appendPacked(packed)
    }

    private mutating func appendPacked(_ packed: consuming Hold) throws(SystemError) {
        do { try segment?.append(packed) } catch {
            compressor?.takeBack(packed)
            throw error
        }
        countWritten(packed.records)
        compressor?.takeBack(packed)
    }

    /// Counts packets that are now in the file.
    private mutating func countWritten(_ records: Int) {
        counters.add(UInt64(records), to: .written)
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

    /// Ends and seals the segment, if there is one; returns its sealed path.
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

    /// Seals the ended segment, if there is one, and returns its path. If that fails, the segment stays for a retry.
    @discardableResult
    private mutating func sealUnsealed() throws(SystemError) -> String? {
        // The segment's own catalog: a reload may have moved the capture to another directory.
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

    /// Reports once that whole pages go through the page cache.
    private mutating func tellBuffered(because reason: Errno) {
        if !saidBuffered { report(.buffered(source, directory: rule.directory, because: reason)) }
        saidBuffered = true
    }

    private mutating func suspend(_ error: SystemError) {
        if suspension == nil { report(.suspended(source, error)) }
        // A file at its maximum size is no fault of the disk: the next one may begin at once.
        let pause: UInt64 = error.errno == .fileTooLarge ? 0 : .nanosecondsPerSecond
        counters.activity.publish(isSuspended: true)
        suspension = Suspension(retryAt: Clock.monotonic() + pause, lost: suspension?.lost ?? 0)
        exchange.wantNewSegment(true)
        if segment != nil { seal() }
    }

    /// Counts the pending packets as dropped.
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

    /// Reports every few seconds that packets arrive. After a crash, the last report shows how far the capture got.
    private mutating func sayAlive(at now: UInt64, packet: Timestamp) {
        guard now >= saysAliveAt, packet != .epoch else { return }
        saysAliveAt = now + WriterLoop.aliveInterval
        report(.alive(source, packet))
    }

    /// Interval of these reports, in nanoseconds.
    private static let aliveInterval: UInt64 = 10_000_000_000

    /// Runs what is due: the retry after a disk error, and retention.
    private mutating func runTimers() {
        if let suspension, Clock.monotonic() >= suspension.retryAt { seal() }
        retention.prune()
    }

    /// The next time at which `runTimers` has work, by the monotonic clock.
    private var deadline: UInt64? {
        let retry = unsealed == nil ? nil : suspension?.retryAt
        let prune = retention.delay().map { Clock.monotonic() + UInt64($0) }
        return [retry, prune].compactMap(\.self).min()
    }
}
