import BPF
import BasicContainers
import Counters
import Glibc
import Linux
import Rules

/// The drain thread of a tap: takes blocks from the ring, hands each packet to the stores, returns the blocks.
///
/// Backpressure, when a store has neither room nor a free buffer: a tap with one capture waits and keeps its block, so
/// the kernel's ring absorbs the stall (drops are then `ringDropped`). A tap with several captures must not let a slow
/// one cost the others packets (I16). It waits briefly, and only while most of the ring is free; then it drops the
/// packet for that capture (`holdDropped`).
///
/// A reload applies to packets whose timestamps are later than the moment at which the thread took the command.
/// Earlier packets, also those still in the ring, belong to the old captures (I14).
struct DrainLoop: ~Copyable, Sendable {
    private let socket: any PacketSource
    private var ring: Ring
    /// One per capture of the tap.
    private var stores: UniqueArray<Store>
    /// Decides which captures want a packet. With one capture the kernel filter has decided. The classifier then runs
    /// only for a while after a change of that filter, and always if that filter is a superset.
    private var classifier: Classifier
    private var matches: Matches
    /// Time until which packets in the ring may have passed an older filter, by the monotonic clock: until then the
    /// classifier runs in any case.
    private var reclassifyUntil: UInt64 = 0
    /// Commands that wait until earlier packets have left the ring, oldest first.
    private var pending = PendingCommands()
    private var timer: WallTimer
    private let commands: TapCommands
    private let counters: TapCounters
    private var counts = TapCounts()
    /// Two lower bounds, by the wall clock, for the time of the next drops: the time up to which all drops are
    /// counted, and the timestamp of the last packet of the last block. In nanoseconds since 1970.
    private var (countedUntil, drainedUntil): (Int64, Int64) = (Clock.wall(), 0)

    init(
        socket: any PacketSource, ring: consuming Ring, stores: consuming UniqueArray<Store>, classifier: Classifier,
        timer: consuming WallTimer, commands: TapCommands, counters: TapCounters
    ) {
        self.socket = socket
        self.ring = ring
        self.stores = stores
        self.classifier = classifier
        matches = classifier.makeMatches()
        self.timer = timer
        (self.commands, self.counters) = (commands, counters)
    }

    /// Captures until the tap is stopped. Then hands every packet that the kernel has accepted to the stores and seals
    /// their segments.
    consuming func run() {
        while !commands.isStopped { turn() }
        end()
    }

    /// One turn of the loop: sleeps until there is work, and does it.
    mutating func turn() {
        sleep()
        takeCommands()
        drain()
        readStatistics()
        note(ringDropped: ring.takeDropped())
        applyPending(if: counts.inFlight == 0)
        runTimers()
    }

    /// Stops reception, drains the ring, and ends the segments.
    mutating func end() {
        takeCommands()
        stopReception()
        finish()
    }

    /// Drains the blocks that the kernel has handed over, until a command arrives, at most once around the ring: a
    /// busy link always has another block, and timers must run in between.
    private mutating func drain() {
        var blocks = ring.geometry.count
        while blocks > 0, !commands.isWaiting, let block = ring.take() {
            drain(block)
            blocks -= 1
        }
    }

    /// Hands every packet of a block to the captures that want it, and then returns the block to the kernel.
    private mutating func drain(_ block: consuming Block) {
        drainedUntil = block.end
        let fill = ring.filledEighths
        counters.ringFill.add(UInt64(fill), to: fill - 1)
        note(ringDropped: block.dropped)
        var packets = block.packets
        if stores.count == 1 && classifier.superset == nil && reclassifyUntil == 0 && pending.isEmpty
            && !commands.isFilterChanging
        {
            stores[0].append(&packets)
            while let packet = packets.first {
                deliver(packet, to: 0, keeping: .max)
                packets.removeFirst()
                stores[0].append(&packets)
            }
        } else {
            while let packet = packets.first {
                applyPending(before: packet)
                classify(packet)
                packets.removeFirst()
            }
        }
        counts[.drained] += UInt64(block.packetCount)
        endOfBlock()
    }

    /// Hands a packet to the captures that want it. A tap with one capture keeps a packet that is too short to
    /// classify, as the kernel decided. With several captures the kernel keeps as many bytes as the filters read.
    @inline(__always)
    private mutating func classify(_ packet: borrowing Packet) {
        if stores.count == 1, !classifier.canJudge(length: packet.length, wireLength: packet.wireLength) {
            return deliver(packet, to: 0, keeping: .max)
        }
        classifier.classify(
            packet.bytes, wireLength: packet.wireLength, metadata: { packet.metadata }, into: &matches)
        for index in 0..<matches.count {
            let match = matches[index]
            deliver(packet, to: match.program, keeping: match.verdict)
        }
    }

    private mutating func deliver(_ packet: borrowing Packet, to index: Int, keeping limit: UInt32) {
        while !stores[index].append(packet, keeping: limit) {
            let hasRoom = stores.count == 1 ? waitForRoom() : waitBriefly(for: index)
            guard hasRoom else { return stores[index].drop(packet) }
        }
    }

    /// Waits until the only store has a free buffer. Returns false if the tap is abandoned.
    private mutating func waitForRoom() -> Bool {
        counters.progress.note(.waiting)
        defer { counters.progress.note(.working) }
        while !commands.isAbandoned {
            if stores[0].awaitBuffer(until: Clock.monotonic() + blockTimeout) { return true }
            readStatistics()
            // Commands are accepted during the wait. They apply to packets later than those in the block.
            takeCommands()
        }
        return false
    }

    /// Waits for a buffer as long as that costs no other capture a packet (I16): briefly, while most of the ring is
    /// free. A store whose writer missed that time gets no further wait until the writer returns a buffer.
    private mutating func waitBriefly(for index: Int) -> Bool {
        guard !stores[index].isStalled, !ring.isHalfFull, !commands.isAbandoned else { return false }
        counters.progress.note(.waiting)
        defer { counters.progress.note(.working) }
        return stores[index].awaitBuffer(until: Clock.monotonic() + second / 10)
    }

    private mutating func endOfBlock() {
        let now = Clock.monotonic()
        for index in 0..<stores.count { stores[index].endOfBlock(at: now) }
        if now >= reclassifyUntil { reclassifyUntil = 0 }
        readStatistics()
        counters.progress.note(.working)
    }

    /// Runs what is due: flushes, ends of intervals, the end of reclassification.
    private mutating func runTimers() {
        let now = Clock.monotonic()
        // The packets of a second have left the ring one second later, because the block timeout is shorter. The
        // exception is a ring that is still full of older packets.
        let drainedSecond = min(Clock.wall() / Int64(second), ring.nextSecond ?? .max) - 1
        var nextSegmentEnd: Int64?
        for index in 0..<stores.count {
            stores[index].runTimers(at: now, drainedSecond: drainedSecond)
            if let end = stores[index].segmentDeadline { nextSegmentEnd = min(nextSegmentEnd ?? .max, end) }
        }
        timer.arm(at: nextSegmentEnd.map { $0 + 1 })
    }

    /// Sleeps until packets, a command or a deadline arrive; without a timeout on a silent link (I19).
    private mutating func sleep() {
        var deadline: UInt64?
        for index in 0..<stores.count {
            if let flush = stores[index].flushDeadline { deadline = min(deadline ?? .max, flush) }
        }
        if let overdue = pending.deadline { deadline = min(deadline ?? .max, overdue) }
        let timeout = deadline.map { deadline -> UInt64 in
            let now = Clock.monotonic()
            return deadline > now ? deadline - now : 0
        }
        counters.progress.note(.waiting)
        let ready = poll([socket.number, timer.number, commands.bell.number], timeout: timeout)
        counters.progress.note(.working)
        if ready[0] & Int16(POLLERR) != 0 { socket.clearError() }
        if ready[1] != 0 { timer.acknowledge() }
    }

    /// Adds the kernel's statistics to the tap's counts (I2). One system call per block keeps the counts exact
    /// whenever nothing is in flight, and the 32-bit counters never overflow.
    private mutating func readStatistics() {
        let now = Clock.wall()
        let (received, dropped, freezes) = socket.takeStatistics()
        counts[.received] += received
        counts[.ringDropped] += dropped
        counts[.ringFreezes] += freezes
        counters.publish(counts)
        if dropped > 0 {
            ring.note(dropped: dropped)
            counters.ringLosses.add(dropped, from: max(countedUntil, drainedUntil), to: Clock.wall())
        }
        countedUntil = now
    }

    /// Reports drops in the ring to every store: which capture wanted the dropped packets is unknown.
    private mutating func note(ringDropped count: UInt64) {
        guard count > 0 else { return }
        for index in 0..<stores.count { stores[index].note(ringDropped: count) }
    }

    /// Stops the kernel, then drains every packet that it has accepted, until the counts show an empty ring.
    private mutating func stopReception() {
        socket.stopReception()
        let limit = Clock.monotonic() + 5 * second
        repeat {
            while let block = ring.take() { drain(block) }
            readStatistics()
            note(ringDropped: ring.takeDropped())
            if counts.inFlight <= 0 { return }
            counters.progress.note(.waiting)
            _ = poll([socket.number, -1, -1], timeout: blockTimeout)
        } while !commands.isAbandoned && Clock.monotonic() < limit
        // What cannot be drained disappears with the ring, so it is counted as dropped (I2).
        let rest = UInt64(max(0, counts.inFlight))
        counts[.ringDropped] += rest
        counters.ringLosses.add(rest, from: drainedUntil, to: Clock.wall())
        note(ringDropped: rest)
    }

    /// Nanoseconds after which the kernel hands over a partly filled block.
    private var blockTimeout: UInt64 { UInt64(ring.geometry.timeout) * 1_000_000 }

    // Commands

    /// Takes new commands. They apply to packets with later timestamps.
    private mutating func takeCommands() { pending.take(from: commands) }

    /// Applies the commands that precede the packet.
    private mutating func applyPending(before packet: borrowing Packet) {
        guard !pending.isEmpty else { return }
        let time = Int64(packet.seconds) * Int64(second) + Int64(packet.nanoseconds)
        while let command = pending.next(before: time) { apply(command) }
    }

    /// Applies every command if the ring is drained; otherwise those that have reached their deadline, if the ring is
    /// empty: if the packets' clock was set back, no timestamp would ever apply them.
    private mutating func applyPending(if isDrained: Bool) {
        guard !pending.isEmpty else { return }
        if isDrained {
            while let command = pending.next() { apply(command) }
        } else if ring.isEmpty {
            while let command = pending.next(overdueAt: Clock.monotonic()) { apply(command) }
        }
    }

    private mutating func apply(_ command: consuming TapCommand) {
        switch consume command {
        case .change(let change): apply(change)
        case .rotate(let rotation): apply(rotation)
        }
    }

    /// Seals the open segment of a capture.
    private mutating func apply(_ rotation: SegmentRotation) {
        for index in 0..<stores.count where stores[index].capture == rotation.capture {
            return stores[index].seal(rotation.acknowledge)
        }
        rotation.acknowledge(.success(nil))
    }

    /// Switches to the captures of a reload.
    private mutating func apply(_ change: consuming TapChange) {
        for (index, rule, retention) in change.rules { stores[index].change(to: rule, retention: retention) }
        for index in change.removed {
            var store = stores.remove(at: index)
            DrainLoop.finish(&store, commands)
        }
        while !change.added.isEmpty { stores.append(change.added.remove(at: 0)) }
        classifier = change.classifier
        matches = classifier.makeMatches()
        reclassifyUntil = Clock.monotonic() + second
    }

    private mutating func finish() {
        // Captures that a pending command adds must end, too.
        takeCommands()
        applyPending(if: true)
        for index in 0..<stores.count { DrainLoop.finish(&stores[index], commands) }
        counters.publish(counts)
        counters.progress.note(.waiting)
    }

    /// Hands over what a store still contains. The writer may have ended, or may end without taking it. Either way
    /// the packets are counted once (I3): the writer is abandoned later than this thread, which therefore counts them
    /// here.
    private static func finish(_ store: inout Store, _ commands: TapCommands) {
        store.finish()
        if commands.isAbandoned { store.countAbandoned() }
    }
}

/// One second, in nanoseconds.
private let second: UInt64 = .nanosecondsPerSecond
