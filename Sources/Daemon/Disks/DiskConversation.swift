import Linux
import SystemPackage

/// What the thread that speaks with the helper process knows.
///
/// Orders that get no answer are told; whether the helper itself still listens, it shows by answering a ping. One that has
/// ended, or does not listen, is followed by another, which gets the orders that have no result yet. An order that has seen two
/// helpers end fails: it may be what ends them.
struct DiskConversation: ~Copyable, Sendable {
    /// How many helpers that cannot be killed may be left behind; then no other is started.
    static let mostAbandoned = 4
    /// How many orders may be without a result at once.
    static let mostOrders = 4096

    private let program: String
    private let orders: DiskHelper.Orders
    /// Nanoseconds.
    private let silence: UInt64
    private var process: HelperProcess?
    /// Helpers that are to end, and have not yet.
    private var abandoned: [Int32] = []
    /// Orders without a result, by their number.
    private var open: [UInt64: Order] = [:]
    private var numbers: [String: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    /// The last one of its kind: another helper gets it, too.
    private var configuration: DiskWork?
    /// What the helper has not taken yet, and what is not a whole line yet.
    private var unsent: ArraySlice<UInt8> = []
    private var received = LineBuffer()
    /// When it was asked whether it listens; nil when it has answered.
    private var pingedAt: UInt64?
    private var heardAt: UInt64 = 0

    private struct Order {
        var work: DiskWork
        var replies: [DiskHelper.Reply]
        /// When the disk has answered last, by the monotonic clock, and since then, whether its silence has been told.
        var heardAt: UInt64
        var isSilenceTold = false
        /// How many helpers ended while it had no result.
        var failures = 0
    }

    init(with program: String, orders: DiskHelper.Orders, silence: UInt64) {
        (self.program, self.orders, self.silence) = (program, orders, silence)
    }

    mutating func run() {
        start()
        while true {
            let events = poll([orders.wake.number, process?.number ?? -1, -1], timeout: timeout)
            guard let new = orders.take() else { return }
            for (work, reply) in new { add(work, reply) }
            if events[1] != 0 { receive() }
            send()
            runTimers()
        }
    }

    /// For how long it may sleep: a moment while the helper is slow to take its orders.
    private var timeout: UInt64? {
        if !unsent.isEmpty { return 10_000_000 }
        if !open.isEmpty { return silence / 8 }
        return abandoned.isEmpty ? nil : 10_000_000_000
    }

    // Orders

    private mutating func add(_ work: DiskWork, _ reply: DiskHelper.Reply?) {
        if case .configuration = work {
            configuration = work
            if process != nil { queue(0, work) }
            return
        }
        if let number = work.key.flatMap({ numbers[$0] }), let reply {
            open[number]?.replies.append(reply)
            return
        }
        guard open.count < DiskConversation.mostOrders else {
            let advice = "\(open.count) directories have not been answered for"
            let error = SystemError("look at", work.directory, .resourceTemporarilyUnavailable, advice: advice)
            reply?(.result(.failed(error)))
            return
        }
        lastNumber += 1
        if let key = work.key { numbers[key] = lastNumber }
        open[lastNumber] = Order(work: work, replies: reply.map { [$0] } ?? [], heardAt: Clock.monotonic())
        // A helper that is started for it gets all open orders.
        if process == nil { start() } else { queue(lastNumber, work) }
    }

    private mutating func queue(_ number: UInt64, _ work: DiskWork) {
        if let line = try? DiskMessage(number: number, content: work).line { unsent += line }
    }

    private mutating func send() {
        guard process != nil, !unsent.isEmpty else { return }
        unsent = unsent.dropFirst(process?.write(unsent) ?? 0)
        // Or what is sent would stay in memory.
        if unsent.isEmpty { unsent = [] }
    }

    // Answers

    private mutating func receive() {
        while let bytes = process?.read() {
            if bytes.isEmpty { return ended("has ended") }
            heardAt = Clock.monotonic()
            for line in received.append(bytes) {
                guard let message = try? DiskMessage<DiskOutcome>(line: line) else { return ended("is not understood") }
                take(message)
            }
        }
    }

    private mutating func take(_ message: DiskMessage<DiskOutcome>) {
        if message.number == 0 { pingedAt = nil }
        if case .working = message.content {
            open[message.number]?.heardAt = heardAt
            open[message.number]?.isSilenceTold = false
        } else if let order = open.removeValue(forKey: message.number) {
            if let key = order.work.key { numbers[key] = nil }
            for reply in order.replies { reply(.result(message.content)) }
        }
    }

    // Time

    private mutating func runTimers() {
        abandoned.removeAll { HelperProcess.reap($0) }
        guard !open.isEmpty else {
            pingedAt = nil
            return
        }
        let now = Clock.monotonic()
        for (number, order) in open where !order.isSilenceTold && now - min(now, order.heardAt) >= silence {
            open[number]?.isSilenceTold = true
            let seconds = Int((now - order.heardAt) / .nanosecondsPerSecond)
            for reply in order.replies { reply(.silent(seconds: seconds)) }
        }
        guard process != nil else { return }
        if let pingedAt {
            if now - min(now, pingedAt) >= silence { ended("does not listen") }
        } else if now - min(now, heardAt) >= silence / 2 {
            pingedAt = now
            queue(0, .ping)
        }
    }

    // The process

    /// Starts a helper, with all orders that have no result; where none can be started, they fail.
    private mutating func start() {
        abandoned.removeAll { HelperProcess.reap($0) }
        do throws(SystemError) {
            guard abandoned.count < DiskConversation.mostAbandoned else {
                throw SystemError(
                    "start", "another disk helper", .resourceTemporarilyUnavailable,
                    advice: "\(abandoned.count) before it cannot be killed, as a disk holds them")
            }
            process = try Privileges.withoutAmbient { () throws(SystemError) in
                try HelperProcess(program, argument: DiskHelperLoop.argument)
            }
        } catch {
            return fail(Array(open.keys), error)
        }
        (received, unsent, pingedAt, heardAt) = (LineBuffer(), [], nil, Clock.monotonic())
        if let configuration { queue(0, configuration) }
        for (number, order) in open { queue(number, order.work) }
    }

    /// The helper is of no use any more.
    private mutating func ended(_ reason: String) {
        guard let ended = process.take() else { return }
        abandoned.append(ended.id)
        for number in open.keys { open[number]?.failures += 1 }
        for (number, order) in open where order.failures > 1 {
            fail(
                [number],
                SystemError(
                    "look at", order.work.directory, .ioError,
                    advice: "the helper process that does so \(reason) for the second time"))
        }
        // Without orders the next one starts it.
        if !open.isEmpty { start() }
    }

    private mutating func fail(_ numbers: [UInt64], _ error: SystemError) {
        for number in numbers {
            guard let order = open.removeValue(forKey: number) else { continue }
            if let key = order.work.key { self.numbers[key] = nil }
            for reply in order.replies { reply(.result(.failed(error))) }
        }
    }
}
