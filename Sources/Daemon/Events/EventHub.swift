import Control
import DequeModule
import Linux
import Synchronization

/// The events of the log for clients that follow them: one line of JSON per event, in order.
///
/// A client that does not read affects only its own stream (I17): its queue is bounded, and a line reports the number
/// of missed events. Any thread may publish.
final class EventHub: Sendable {
    /// Most clients that follow at once.
    static let mostStreams = 16
    /// Events that wait for one client.
    static let queueLength = 256
    /// Events kept for clients that reconnect.
    static let historyLength = 1024

    fileprivate struct Stream {
        let queue: AsyncStream<[UInt8]>.Continuation
        /// Events dropped since the last one that was queued.
        var missed: UInt64 = 0
    }

    private struct State {
        var seq: UInt64 = 0
        var history: Deque<(seq: UInt64, line: [UInt8])> = []
        var streams: [Int: Stream] = [:]
        var lastStream = 0
    }

    private let run: String
    private let state = Mutex(State())

    /// `run` identifies this run of the daemon. Its events are numbered from 1.
    init(run: String) { self.run = run }

    /// Publishes an event with its fields.
    func publish(_ event: String, _ fields: [String: EventValue] = [:]) {
        state.withLock { state in
            state.seq += 1
            let line = EventHub.line(event, seq: state.seq, fields)
            state.history.append((state.seq, line))
            if state.history.count > EventHub.historyLength { state.history.removeFirst() }
            for number in state.streams.keys { state.streams[number]?.offer(line, seq: state.seq) }
        }
    }

    /// Opens a stream of the events after number `seq`, as far as they are kept, or from now on. Returns nil if too
    /// many clients follow. Each stream ends with `close`.
    func open(after seq: UInt64?) -> (number: Int, lines: AsyncStream<[UInt8]>)? {
        let (lines, queue) = AsyncStream.makeStream(
            of: [UInt8].self,
            bufferingPolicy: .bufferingOldest(EventHub.queueLength + EventHub.historyLength + 2))
        return state.withLock { state in
            guard state.streams.count < EventHub.mostStreams else { return nil }
            state.lastStream += 1
            queue.yield(EventHub.line("alive", seq: state.seq, ["run": .text(run)]))
            for line in EventHub.remembered(state.history, after: seq, last: state.seq) { queue.yield(line) }
            state.streams[state.lastStream] = Stream(queue: queue)
            return (state.lastStream, lines)
        }
    }

    /// Sends a line that shows that the daemon runs, so that each side notices the end of the other.
    func keepAlive(_ number: Int) {
        state.withLock { state in
            let line = EventHub.line("alive", seq: state.seq, ["run": .text(run)])
            state.streams[number]?.offer(line, seq: state.seq, isEvent: false)
        }
    }

    func close(_ number: Int) {
        state.withLock { state in state.streams.removeValue(forKey: number)?.queue.finish() }
    }

    /// The kept events after `seq`, preceded by a line with the number of older ones that are not kept.
    private static func remembered(
        _ history: Deque<(seq: UInt64, line: [UInt8])>, after seq: UInt64?, last: UInt64
    ) -> [[UInt8]] {
        guard let seq else { return [] }
        let first = history.first?.seq ?? last + 1
        // A number that this run has not reached belongs to another run.
        guard seq <= last else { return [missed(nil, last: first - 1)] + history.map(\.line) }
        let lost = first > seq + 1 ? [missed(first - seq - 1, last: first - 1)] : []
        return lost + history.filter { $0.seq > seq }.map(\.line)
    }

    private static func missed(_ count: UInt64?, last: UInt64) -> [UInt8] {
        line("missed", seq: last, ["count": count.map { .number($0) } ?? .unknown])
    }

    fileprivate static func line(_ event: String, seq: UInt64, _ fields: [String: EventValue]) -> [UInt8] {
        var object = fields
        object["event"] = .text(event)
        object["seq"] = .number(seq)
        object["time"] = object["time"] ?? .text("\(Timestamp.now)")
        return (try? Coding.encode(object)) ?? []
    }
}

extension EventHub.Stream {
    /// Queues a line if there is room, preceded by the number of dropped events.
    fileprivate mutating func offer(_ line: [UInt8], seq: UInt64, isEvent: Bool = true) {
        if missed > 0 {
            let told = EventHub.line("missed", seq: isEvent ? seq - 1 : seq, ["count": .number(missed)])
            if case .enqueued = queue.yield(told) { missed = 0 }
        }
        if missed == 0, case .enqueued = queue.yield(line) { return }
        if isEvent { missed += 1 }
    }
}

/// The value of a field.
enum EventValue: Encodable, Equatable, Sendable {
    case text(String)
    case number(UInt64)
    case unknown

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .unknown: try container.encodeNil()
        }
    }
}
