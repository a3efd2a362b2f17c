import BPF
import BasicContainers
import DequeModule
import Glibc
import Linux

/// One thread per tap: takes blocks out of the ring, hands each packet to the stores, gives the block back.
///
/// When a packet finds no room and no free buffer: a tap with one capture waits, its block in hand, and the kernel ring
/// is the reserve (losses are then `ringDropped`). In a tap with several a slow capture must not hurt another: it is waited
/// for a moment, while the ring is mostly empty; then that capture loses the packet (`holdDropped`).
///
/// A change of its captures holds for packets that came after the thread has learned of it, by their time. What was in the
/// ring by then is still what the captures before wanted, and theirs.
struct DrainLoop<Source: PacketSource>: ~Copyable, Sendable {
    private let socket: Source
    private var ring: Ring
    /// One for each capture that the tap serves.
    private var stores: UniqueArray<Store>
    /// Says which captures want a packet; not asked where there is one, which wants all that its kernel filter accepts, but for
    /// a while when that has changed, and always where the kernel filter accepts more.
    private var classifier: Classifier
    private var matches: Matches
    /// Until when it is asked all the same: packets in the ring may have passed an older filter.
    private var reclassifyUntil: UInt64 = 0
    /// Orders of which packets from before may still be in the ring, the first one first.
    private var pending = UniqueDeque<PendingOrder>()
    private var timer: WallTimer
    private let orders: TapCommands
    private let counters: TapCounters
    private var counts = TapCounts()
    /// Before which time, by the wall clock, every lost packet has been counted, and when the last packet of the last block
    /// came. What is lost next came after both.
    private var (countedUntil, drainedUntil): (Int64, Int64) = (Clock.wall(), 0)

    init(
        socket: Source, ring: consuming Ring, stores: consuming UniqueArray<Store>, classifier: Classifier,
        timer: consuming WallTimer, orders: TapCommands, counters: TapCounters
    ) {
        self.socket = socket
        self.ring = ring
        self.stores = stores
        self.classifier = classifier
        matches = classifier.makeMatches()
        self.timer = timer
        (self.orders, self.counters) = (orders, counters)
    }

    /// Captures until it is told to stop; then everything the kernel has accepted goes to the stores, and their segments
    /// end.
    consuming func run() {
        while !orders.isStopped { turn() }
        end()
    }

    /// One turn: sleeps until there is something to do, and does it.
    mutating func turn() {
        sleep()
        takeOrders()
        drain()
        readStatistics()
        note(ringDropped: ring.takeDropped())
        applyPending(if: counts.inFlight == 0)
        runTimers()
    }

    /// Lets no packet come any more, hands over what has, and ends the segments.
    mutating func end() {
        takeOrders()
        stopReception()
        finish()
    }

    /// Takes the blocks that the kernel has handed over, until there is an order; once around the ring at most, since on a busy
    /// link there is always another one, and what time asks for comes afterwards.
    private mutating func drain() {
        var blocks = ring.geometry.count
        while blocks > 0, !orders.isWaiting, let block = ring.take() {
            drain(block)
            blocks -= 1
        }
    }

    /// Hands every packet of a block to the captures that want it; the block goes back to the kernel at the end.
    private mutating func drain(_ block: consuming Block) {
        drainedUntil = block.end
        let fill = ring.filledEighths
        counters.ringFill.add(UInt64(fill), to: fill - 1)
        note(ringDropped: block.dropped)
        var packets = block.packets
        if stores.count == 1 && classifier.superset == nil && reclassifyUntil == 0 && pending.isEmpty
            && !orders.isFilterChanging
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
        counts.drained += UInt64(block.packetCount)
        endOfBlock()
    }

    /// Hands a packet to the captures that want it. What cannot be judged again is the one capture's, as the kernel said; with
    /// several, the kernel keeps what it takes to judge.
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
            guard stores.count == 1 ? waitForRoom() : waitBriefly(for: index) else { return stores[index].drop(packet) }
        }
    }

    /// Waits until a buffer is free for the one store; false when everything is to be given up.
    private mutating func waitForRoom() -> Bool {
        counters.progress.note(.waiting)
        defer { counters.progress.note(.working) }
        while !orders.isAbandoned {
            if stores[0].awaitBuffer(until: Clock.monotonic() + blockTimeout) { return true }
            readStatistics()
            // Who orders need not wait with it: what the captures are then comes later than the packets in hand.
            takeOrders()
        }
        return false
    }

    /// Waits for a buffer as long as that can hurt nobody else: a moment, while most of the ring is free. A store whose writer
    /// did not come in that time is not waited for again before it does.
    private mutating func waitBriefly(for index: Int) -> Bool {
        guard !stores[index].isStalled, !ring.isHalfFull, !orders.isAbandoned else { return false }
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

    /// Does what time asks for.
    private mutating func runTimers() {
        let now = Clock.monotonic()
        // Packets of a second are out of the ring one second later: a block waits for its timeout, which is shorter. Unless the
        // ring is full of packets that are older.
        let settled = min(Clock.wall() / Int64(second), ring.nextSecond ?? .max) - 1
        var nextSegmentEnd: Int64?
        for index in 0..<stores.count {
            stores[index].runTimers(at: now, settled: settled)
            if let end = stores[index].segmentDeadline { nextSegmentEnd = min(nextSegmentEnd ?? .max, end) }
        }
        timer.arm(at: nextSegmentEnd.map { $0 + 1 })
    }

    /// Sleeps until there are packets, orders, or something to do; for ever on a silent link.
    private mutating func sleep() {
        var deadline: UInt64?
        for index in 0..<stores.count {
            if let flush = stores[index].flushDeadline { deadline = min(deadline ?? .max, flush) }
        }
        if !pending.isEmpty { deadline = min(deadline ?? .max, pending[0].deadline) }
        let timeout = deadline.map { deadline -> UInt64 in
            let now = Clock.monotonic()
            return deadline > now ? deadline - now : 0
        }
        counters.progress.note(.waiting)
        let ready = poll([socket.number, timer.number, orders.bell.number], timeout: timeout)
        counters.progress.note(.working)
        if ready[0] & Int16(POLLERR) != 0 { socket.clearError() }
        if ready[1] != 0 { timer.acknowledge() }
    }

    /// Adds what the kernel counted to the tap's counts: one system call for each block, so that the counts are right
    /// whenever nothing is in flight, and 32 bits never overflow.
    private mutating func readStatistics() {
        let now = Clock.wall()
        let (received, dropped, freezes) = socket.takeStatistics()
        counts.received += received
        counts.ringDropped += dropped
        counts.ringFreezes += freezes
        counters.publish(counts)
        if dropped > 0 {
            ring.note(dropped: dropped)
            counters.ringLosses.add(dropped, from: max(countedUntil, drainedUntil), to: Clock.wall())
        }
        countedUntil = now
    }

    /// Tells the stores how many packets the kernel dropped before the next one: nobody knows whose they were.
    private mutating func note(ringDropped count: UInt64) {
        guard count > 0 else { return }
        for index in 0..<stores.count { stores[index].note(ringDropped: count) }
    }

    /// Stops the kernel, then takes every packet that it has accepted: the counts say when nothing is left.
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
        } while !orders.isAbandoned && Clock.monotonic() < limit
        // The ring kept them: given up with it, but not in silence.
        let rest = UInt64(max(0, counts.inFlight))
        counts.ringDropped += rest
        counters.ringLosses.add(rest, from: drainedUntil, to: Clock.wall())
        note(ringDropped: rest)
    }

    /// Nanoseconds after which the kernel hands over a block that is not full.
    private var blockTimeout: UInt64 { UInt64(ring.geometry.timeout) * 1_000_000 }

    // Orders

    /// Learns of orders: from now on they are in force.
    private mutating func takeOrders() {
        guard orders.isWaiting else { return }
        while let order = orders.take() {
            // The time first: once it is acknowledged, somebody may send what is meant to come after.
            let (since, deadline) = (Clock.wall(), Clock.monotonic() + second)
            order.acknowledge()
            pending.append(PendingOrder(order: order, since: since, deadline: deadline))
        }
    }

    /// Does what was ordered before the packet came.
    private mutating func applyPending(before packet: borrowing Packet) {
        guard !pending.isEmpty else { return }
        let time = Int64(packet.seconds) * Int64(second) + Int64(packet.nanoseconds)
        while !pending.isEmpty && pending[0].since <= time { obeyNext() }
    }

    /// Does everything when nothing from before is left, and what has waited so long that nothing can be, in a block that the
    /// kernel has not handed over yet: should the clock of the packets have been set back.
    private mutating func applyPending(if isDrained: Bool) {
        let now = Clock.monotonic()
        while !pending.isEmpty && (isDrained || (pending[0].deadline <= now && ring.isEmpty)) { obeyNext() }
    }

    private mutating func obeyNext() {
        guard let next = pending.popFirst() else { return }
        switch consume next.order {
        case .change(let change): apply(change)
        case .rotate(let rotation): apply(rotation)
        }
    }

    /// Ends the open segment of a capture.
    private mutating func apply(_ rotation: SegmentRotation) {
        for index in 0..<stores.count where stores[index].capture == rotation.capture {
            return stores[index].seal(rotation.acknowledge)
        }
        rotation.acknowledge(.success(nil))
    }

    /// Serves other captures from here on.
    private mutating func apply(_ change: consuming TapChange) {
        for (index, rule, retention) in change.rules { stores[index].change(to: rule, retention: retention) }
        for index in change.removed {
            var store = stores.remove(at: index)
            DrainLoop.finish(&store, orders)
        }
        while !change.added.isEmpty { stores.append(change.added.remove(at: 0)) }
        classifier = change.classifier
        matches = classifier.makeMatches()
        reclassifyUntil = Clock.monotonic() + second
    }

    private mutating func finish() {
        // Captures that were to begin must end, too.
        takeOrders()
        applyPending(if: true)
        for index in 0..<stores.count { DrainLoop.finish(&stores[index], orders) }
        counters.publish(counts)
        counters.progress.note(.waiting)
    }

    /// Hands over what a store has left. Its writer may be gone already, or go without taking that: who looks afterwards knows, as
    /// the writer is told later than this thread.
    private static func finish(_ store: inout Store, _ orders: TapCommands) {
        store.finish()
        if orders.isAbandoned { store.countAbandoned() }
    }
}

/// An order that is in force for packets that come from `since` on, by the wall clock, and is obeyed at `deadline`, by the
/// monotonic clock, at the latest.
private struct PendingOrder: ~Copyable, Sendable {
    var order: TapCommand
    var since: Int64
    var deadline: UInt64
}

/// Nanoseconds.
private let second: UInt64 = .nanosecondsPerSecond
