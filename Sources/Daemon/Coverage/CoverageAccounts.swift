import Capture
import Control
import Ledger
import Linux
import Logging
import Rules
import Segments

/// The coverage of every capture: the books of gaps, the ledgers, and the clients that ask for it.
///
/// Belongs to the control loop. The books turn events into effects; this type carries the effects out. No function
/// waits for a disk (I12).
struct CoverageAccounts {
    /// Seconds that an answer may wait for the disk.
    private static let patience = 3

    let names: EpisodeNames
    private let disks: Disks
    /// The known devices, by directory.
    private let devices: @Sendable () -> [String: UInt64]
    private let log: Logger
    private let tell: @Sendable (CoverageEvent) -> Void
    private var losses: LossBook
    private var conditions: ConditionBook
    private var clock = ClockWatch()
    private var ledgers: [String: CaptureLedger] = [:]
    /// Timestamp of the last packet in a repaired segment, by capture.
    private var repaired: [String: Timestamp] = [:]
    private var saidAlive: [String: UInt64] = [:]
    private var isLooking = false
    private var questions: [Int: CoverageQuestion] = [:]
    private var lastQuestion = 0
    /// Number of episodes, by capture and cause.
    private var counts: [String: [GapCause: UInt64]] = [:]

    init(
        _ names: EpisodeNames, disks: Disks, devices: @escaping @Sendable () -> [String: UInt64], log: Logger,
        tell: @escaping @Sendable (CoverageEvent) -> Void
    ) {
        self.names = names
        (self.disks, self.devices, self.log, self.tell) = (disks, devices, log, tell)
        (losses, conditions) = (LossBook(names), ConditionBook(names))
    }

    // The set of captures

    /// Accounts for these captures from now on, each with a ledger in its directory.
    mutating func account(for captures: [(rule: CaptureRule, retention: SegmentCatalog?)], at now: Timestamp = .now) {
        let wanted = Dictionary(captures.map { ($0.rule.name, $0) }) { first, _ in first }
        let leaving = ledgers.keys.filter { wanted[$0] == nil }.sorted()
        perform(conditions.left(leaving, at: now))
        for name in leaving { ledgers.removeValue(forKey: name)?.close() }
        for (name, capture) in wanted where ledgers[name]?.folder != capture.rule.directory {
            ledgers[name]?.close()
            ledgers[name] = ledger(of: name, in: capture.rule.directory)
        }
        // A directory must be adopted before it is touched.
        for (name, capture) in wanted {
            guard let retention = capture.retention, let ledger = ledgers[name], !ledger.hasBegun else { continue }
            repaired[name] = retention.repairedUntil
            ledger.begin(oldestSegment: { retention.holdings.oldest })
        }
    }

    private func ledger(of name: String, in folder: String) -> CaptureLedger {
        CaptureLedger(
            of: name, in: folder, by: disks.helper,
            work: { [queues = disks.queues, devices] (job) throws(SystemError) in
                // A directory on an unknown device gets its own queue.
                let device = devices()[folder] ?? UInt64(bitPattern: Int64(folder.hashValue))
                try queues.add("write the ledger", in: folder, on: device, job)
            },
            report: { [tell] in tell(.ledger(capture: name, folder: folder, $0)) })
    }

    // Events

    mutating func take(_ event: CoverageEvent) {
        switch event {
        case .look:
            isLooking = false
            perform(losses.look(now: Clock.monotonic()))
            watch()
        case .ledger(let capture, let folder, let news):
            guard let ledger = ledgers[capture], ledger.folder == folder else { return }
            take(news, of: ledger)
        case .read(let question, let result): answer(question, result)
        case .unanswered(let question): answer(question, nil)
        }
    }

    private mutating func take(_ news: CaptureLedger.News, of ledger: CaptureLedger) {
        switch news {
        case .opened(let history):
            perform(conditions.opened(ledger.capture, history, repaired: repaired.removeValue(forKey: ledger.capture)))
        case .failed(let error):
            log.error(
                "capture \(ledger.capture): the ledger stays in memory: \(error)",
                metadata: .about(.ledger, capture: ledger.capture, cause: "\(error)"))
        case .recovered:
            log.notice(
                "capture \(ledger.capture): the ledger is written again",
                metadata: .about(.ledger, capture: ledger.capture))
        }
    }

    /// Notes that an episode of drops began for these captures.
    mutating func lossBegan(_ meter: LossMeter, _ subject: LossSubject, captures: [String]) {
        perform(losses.began(meter, subject, captures: captures, now: Clock.monotonic()))
        watch()
    }

    /// Schedules the next `look`, as long as an episode is open.
    private mutating func watch() {
        guard !isLooking, !losses.isIdle else { return }
        isLooking = true
        Task { [tell] in
            try? await Task.sleep(for: .milliseconds(250))
            tell(.look)
        }
    }

    /// Ends the ring's episodes of a tap whose captures are about to change.
    mutating func endDrops(ofTap tap: Int) { perform(losses.endDrops(ofTap: tap)) }

    /// Notes that a packet with this timestamp is in a segment.
    mutating func alive(_ source: CaptureSource, _ time: Timestamp, now: UInt64 = Clock.monotonic()) {
        watchClock()
        if let before = saidAlive[source.capture], now - before < LossBook.aliveInterval { return }
        saidAlive[source.capture] = now
        ledgers[source.capture]?.write(.alive(until: time))
    }

    mutating func suspended(_ source: CaptureSource) {
        perform(conditions.suspended(source.capture, on: source.interface, at: .now))
    }

    /// Notes that the disk accepts packets again, or that the writer has ended.
    mutating func resumed(_ source: CaptureSource) {
        perform(conditions.resumed(source.capture, on: source.interface, at: .now))
    }

    /// Notes that retention removed a segment.
    func removed(_ removal: Removal) {
        removed(removal.path, size: removal.size, of: removal.capture, because: removal.reason.rawValue)
    }

    /// Notes that another process deleted an open segment.
    func removed(_ segment: SegmentSummary) {
        removed(segment.path, size: segment.size, of: segment.source.capture, because: "deleted by another process")
    }

    private func removed(_ path: String, size: Int64, of capture: String, because reason: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        ledgers[capture]?.write(LedgerLine(RemovedSegment(time: .now, name: name, size: size, reason: reason)))
    }

    /// Notes that a reload has moved a capture to another tap since `from`.
    mutating func moved(_ capture: String, on interface: String, from: Timestamp) {
        perform(conditions.moved(capture, on: interface, from: from, to: .now))
    }

    /// Compares the state of the captures with the previous one.
    mutating func observe(_ views: [CaptureView]) {
        watchClock()
        perform(conditions.observe(views, at: .now))
    }

    private mutating func watchClock() {
        guard let (from, to) = clock.step(monotonic: Clock.monotonic(), wall: .now) else { return }
        perform(conditions.clockStepped(from: from, to: to, captures: ledgers.keys.sorted()))
    }

    /// Notes that the daemon stops and has captured nothing since `time`. The last lines are queued when it returns.
    mutating func stop(since time: Timestamp) {
        perform(losses.endAll())
        perform(conditions.stopped(at: time))
    }

    /// Waits until every ledger is written, `limit` nanoseconds at most; returns false if one is not.
    func finish(within limit: UInt64) -> Bool {
        disks.queues.finish(until: Clock.monotonic() + limit) && ledgers.values.allSatisfy(\.isSettled)
    }

    // Effects

    private mutating func perform(_ effects: [CoverageEffect]) {
        for effect in effects {
            switch effect {
            case .write(let line, let captures): for capture in captures { ledgers[capture]?.write(line) }
            case .tell(let gap, let captures):
                if gap.open || !gap.cause.isCounted { count(gap, captures) }
                // The journal already has a line for the stop of the daemon.
                guard gap.cause != .stopped else { continue }
                log.warning("\(GapText(gap, captures).line)", metadata: GapText(gap, captures).fields)
            }
        }
    }

    private mutating func count(_ gap: Gap, _ captures: [String]) {
        guard gap.open || [.restart, .crash, .reload, .clockStep].contains(gap.cause) else { return }
        for capture in captures { counts[capture, default: [:]][gap.cause, default: 0] += 1 }
    }

    // Answers

    /// The coverage of a capture now. `meters` are the meters of the running taps, with their captures.
    func status(of capture: String, meters: [(meter: LossMeter, captures: [String])]) -> CoverageStatus {
        let open = open(of: capture, meters)
        let newest = open.filter(\.cause.isCounted).compactMap(\.to).max()
        return CoverageStatus(
            open: open, lastLoss: [newest, losses.last[capture]].compactMap { $0 }.max(),
            counts: (counts[capture] ?? [:]).map { GapCount(cause: $0.key, count: $0.value) }
                .sorted { $0.cause.rawValue < $1.cause.rawValue },
            ledgerFailure: ledgers[capture]?.failure.map { "\($0)" })
    }

    private func open(of capture: String, _ meters: [(meter: LossMeter, captures: [String])]) -> [Gap] {
        (losses.open(of: capture, others: meters) + conditions.open(of: capture)).sorted { $0.from < $1.from }
    }

    /// Reads the ledger of a capture and answers; answers from memory if the disk does not answer in time.
    mutating func ask(_ question: CoverageQuestion) {
        guard let ledger = ledgers[question.capture] else {
            return question.reply.resume(returning: .failure(.unknown("there is no capture '\(question.capture)'")))
        }
        lastQuestion += 1
        let number = lastQuestion
        questions[number] = question
        ledger.read(from: question.from) { [tell] in tell(.read(question: number, $0)) }
        Task { [tell] in
            try? await Task.sleep(for: .seconds(CoverageAccounts.patience))
            tell(.unanswered(question: number))
        }
    }

    /// The meters of the running taps, for the next answers.
    var meters: [(meter: LossMeter, captures: [String])] = []

    private mutating func answer(_ number: Int, _ result: Result<LedgerReader, SystemError>?) {
        guard let question = questions.removeValue(forKey: number) else { return }
        guard let ledger = ledgers[question.capture] else {
            return question.reply.resume(returning: .failure(.unknown("there is no capture '\(question.capture)'")))
        }
        var (reader, notes) = (LedgerReader?.none, [String]())
        switch result {
        case .success(let read): reader = read
        case .failure(let error): notes.append("\(error)")
        case nil:
            let silence = "no answer from \(ledger.folder) for \(CoverageAccounts.patience) s"
            notes.append("\(silence): only the gaps in memory are known")
        }
        if let failure = ledger.failure { notes.append("\(failure)") }
        var history = reader?.history ?? LedgerHistory()
        for line in ledger.remembered where line.seq == 0 || line.seq > history.seq { history.add(line) }
        for gap in open(of: question.capture, meters) { history.add(gap) }
        let coverage = Coverage(
            history, of: question.capture, from: question.from, to: question.to, since: reader?.since, run: names.run,
            notes: (reader?.notes ?? []) + notes)
        question.reply.resume(returning: .success(coverage))
    }

    /// Fails every open question: the daemon stops.
    mutating func dismiss() {
        for question in questions.values { question.reply.resume(returning: .failure(.stopping)) }
        questions = [:]
    }
}
