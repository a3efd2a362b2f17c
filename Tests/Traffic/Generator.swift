import Glibc
import Linux
import Synchronization
public import SystemPackage

/// Sends a sequence of frames on an interface.
public struct Generator: Sendable {
    public var frames: FrameSequence
    public var interface: String
    /// Packet rate in frames per second; nil: as fast as possible.
    public var rate: Double?
    /// Frames per system call, 128 at most; also the length of a burst.
    public var batch: Int
    public var bypassesQueue: Bool
    /// Number of frames that are prepared and sent repeatedly, a multiple of `batch`; nil: each frame is made just
    /// before it is sent, which costs as much as sending it if it is long.
    public var prepared: Int?
    /// The processor of the generator's own thread; nil: any.
    public var cpu: Int?

    public init(
        _ frames: FrameSequence, on interface: String, rate: Double?, batch: Int = 64, bypassesQueue: Bool = true,
        prepared: Int? = nil, cpu: Int? = nil
    ) {
        (self.frames, self.interface, self.rate) = (frames, interface, rate)
        (self.batch, self.bypassesQueue) = (min(max(1, batch), 128), bypassesQueue)
        (self.prepared, self.cpu) = (prepared, cpu)
        precondition(prepared?.isMultiple(of: self.batch) != false)
    }

    /// What was sent: the number of frames, without a gap from the first index on, and the duration.
    public struct Result: Equatable, Sendable {
        public var sent: UInt64 = 0
        public var seconds: Double = 0
        public var rate: Double { Double(sent) / max(seconds, 1e-9) }
    }

    /// Sends the frames with these indices; returns when the kernel has accepted the last one.
    @discardableResult
    public func send(_ indices: Range<UInt64>) throws(Errno) -> Result { try send(indices) { true } }

    /// Sends the frames on a thread of its own.
    public func start(_ indices: Range<UInt64>) throws -> RunningGenerator {
        try RunningGenerator(self, indices)
    }

    /// Sends frames while `goesOn` is true. A frame that the kernel had no room for is retried, so it is counted and
    /// sent once.
    fileprivate func send(
        _ indices: Range<UInt64>, while goesOn: () -> Bool
    ) throws(Errno) -> Result {
        let socket = try FrameSocket(on: interface, bypassingQueue: bypassesQueue)
        var burst = FrameBurst(frames, count: prepared ?? batch)
        if prepared != nil { burst.fill(from: indices.lowerBound, count: burst.count) }
        var next = indices.lowerBound
        let start = Clock.monotonic()
        while next < indices.upperBound, goesOn() {
            let count = min(batch, Int(indices.upperBound - next))
            // Prepared frames are sent in turn, in whole batches; other frames begin at the first slot.
            let turn = prepared == nil ? 0 : Int((next - indices.lowerBound) % UInt64(burst.count))
            let slots = turn..<min(turn + count, burst.count)
            if prepared == nil { burst.fill(from: next, count: count) }
            if let rate { sleep(until: start + UInt64(Double(next - indices.lowerBound) / rate * 1e9)) }
            var sent = 0
            while sent < slots.count, goesOn() {
                let taken = try burst.send(slots.dropFirst(sent), on: socket)
                if taken == 0 { sleep(until: Clock.monotonic() + 50_000) }
                sent += taken
            }
            next += UInt64(sent)
        }
        let duration = Double(Clock.monotonic() - start) / 1e9
        return Result(sent: next - indices.lowerBound, seconds: duration)
    }

    private func sleep(until time: UInt64) {
        guard time > Clock.monotonic() else { return }
        var limit = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
        unsafe _ = clock_nanosleep(CLOCK_MONOTONIC, CInt(TIMER_ABSTIME), &limit, nil)
    }
}

/// Consecutive frames of a sequence in memory.
private struct FrameBurst {
    let count: Int
    private let frames: FrameSequence
    private let stride: Int
    private var memory: [UInt8]
    private var lengths: [UInt16]

    init(_ frames: FrameSequence, count: Int) {
        (self.frames, self.count) = (frames, count)
        stride = (frames.sizes.upperBound + 63) / 64 * 64
        memory = [UInt8](repeating: 0, count: count * stride)
        lengths = [UInt16](repeating: 0, count: count)
    }

    /// Makes frames in the first slots.
    mutating func fill(from index: UInt64, count: Int) {
        let (frames, stride) = (frames, stride)
        for slot in 0..<count { lengths[slot] = UInt16(frames.size(of: index + UInt64(slot))) }
        var span = memory.mutableSpan
        var bytes = unsafe span.mutableBytes
        for slot in 0..<count { frames.write(index + UInt64(slot), to: &bytes, at: slot * stride) }
    }

    /// Sends the frames in these slots; returns how many the kernel accepted.
    func send(_ slots: Range<Int>, on socket: borrowing FrameSocket) throws(Errno) -> Int {
        unsafe try socket.send(
            memory.span.bytes.extracting(droppingFirst: slots.lowerBound * stride), stride: stride,
            lengths: lengths.span.extracting(slots))
    }
}

/// A generator on its own thread. Releasing it waits for its end.
public struct RunningGenerator: ~Copyable {
    private let run: Run
    private let thread: DedicatedThread

    private final class Run: Sendable {
        let generator: Generator
        let indices: Range<UInt64>
        let isStopped = Atomic(false)
        let outcome = Mutex<Swift.Result<Generator.Result, Errno>>(.success(Generator.Result()))

        init(_ generator: Generator, _ indices: Range<UInt64>) { (self.generator, self.indices) = (generator, indices) }

        func send() {
            let outcome = Swift.Result { () throws(Errno) in
                try generator.send(indices) { !isStopped.load(ordering: .relaxed) }
            }
            self.outcome.withLock { $0 = outcome }
        }
    }

    fileprivate init(_ generator: Generator, _ indices: Range<UInt64>) throws(SystemError) {
        run = Run(generator, indices)
        thread = try DedicatedThread("generate", cpu: generator.cpu, state: run) { run in run.send() }
    }

    /// Waits until everything has been sent.
    public consuming func finish() throws(Errno) -> Generator.Result {
        let run = run
        thread.join()
        return try run.outcome.withLock { $0 }.get()
    }

    /// Stops the generator after its current frames.
    public consuming func stop() throws(Errno) -> Generator.Result {
        run.isStopped.store(true, ordering: .relaxed)
        return try finish()
    }
}
