import BPF
import BasicContainers
import Counters
import Linux
import Pcap
import Rules
import Segments
import Synthetic
import Testing

@testable import Capture

/// The data plane of one tap without a kernel, a thread or a disk: the test fills the ring, lets the drain loop make
/// a turn, and acts as the writer that takes each capture's commands.
struct DataPlane: ~Copyable {
    let kernel: SyntheticKernel
    var loop: DrainLoop
    let commands: TapCommands
    let counters = TapCounters()
    /// One per capture.
    let writers: [SyntheticWriter]

    /// A tap with one capture for each of `kinds`: it gets the frames with that first byte, or all frames if nil.
    /// `configure` changes the rule of each capture.
    init(
        _ kinds: [UInt8?] = [nil], blocks: Int = 8, buffers: BufferGeometry = BufferGeometry(size: 16384, count: 4),
        configure: (inout CaptureRule) -> Void = { _ in }
    ) throws {
        let kernel = try SyntheticKernel(blocks: blocks)
        var stores = UniqueArray<Store>()
        var writers: [SyntheticWriter] = []
        for index in kinds.indices {
            var rule = DataPlane.rule("capture\(index)", buffers: buffers)
            configure(&rule)
            let writer = try SyntheticWriter(rule)
            stores.append(writer.makeStore())
            writers.append(writer)
        }
        let (commands, classifier) = (try TapCommands(), try DataPlane.classifier(kinds))
        let timer = try WallTimer()
        (self.kernel, self.writers, self.commands) = (kernel, writers, commands)
        loop = DrainLoop(
            socket: kernel, ring: kernel.takeRing(), stores: stores, classifier: classifier, timer: timer,
            commands: commands, counters: counters)
    }

    static func rule(_ name: String, buffers: BufferGeometry) -> CaptureRule {
        CaptureRule(
            name: name, directory: "/nowhere", snapLength: 65535, precision: .nano, rotation: Rotation(),
            retention: .everything, sync: .none, flush: 3_600_000_000_000, buffers: buffers)
    }

    static func classifier(_ kinds: [UInt8?]) throws -> Classifier {
        Classifier(
            try kinds.map { kind in
                let text = kind.map { "ldb [0]\njne #\($0), drop\nret #65535\ndrop: ret #0" } ?? "ret #65535"
                return try VerifiedProgram(try Program(assembly: text))
            })
    }

    /// The numbers of all frames that a capture's writer has taken.
    func numbers(_ index: Int = 0) -> [UInt32] { writers[index].segments.flatMap(\.numbers) }

    /// Expects that the counts of tap and captures balance with nothing in flight (I2, I3).
    func expectBalance() {
        #expect(counters.counts.inFlight == 0)
        for writer in writers {
            let counts = writer.counters.counts
            #expect(counts[.matched] == UInt64(writer.taken) + counts[.holdDropped])
        }
    }
}

/// The writer's side of a capture, with arrays as files. Used by one thread at a time.
final class SyntheticWriter: @unchecked Sendable {
    let rule: CaptureRule
    let exchange: Exchange
    let counters = CaptureCounters()
    /// Number of packets taken.
    private(set) var taken = 0
    private(set) var segments: [Written] = []
    /// The other commands: `seal`, `change NAME`, `end`.
    private(set) var commands: [String] = []
    /// Buffers that were taken and not returned.
    private var kept = UniqueArray<Buffer>()
    var keepsBuffers = false

    /// The bytes of a segment, and the size that a crash would leave whole.
    struct Written {
        var bytes: [UInt8] = []
        var wholeEnd = 0
        var isSealed = false
        var flushes = 0

        /// The frame numbers in its records, which are those of a pcap file.
        var numbers: [UInt32] {
            var found: [UInt32] = []
            var place = 24
            while place + 16 <= bytes.count {
                func word(_ offset: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) } }
                let length = Int(word(place + 8))
                found.append(word(place + 17))
                place += 16 + length
            }
            return found
        }
    }

    init(_ rule: CaptureRule) throws {
        self.rule = rule
        exchange = try Exchange(rule.buffers)
    }

    func makeStore() -> Store {
        let interface = Interface(index: 1, name: "eth0", hardwareType: 1, isUp: true)
        return Store(rule, interface: interface, linkType: .ethernet, exchange: exchange, counters: counters)
    }

    /// Takes every command.
    func work() {
        while true {
            let delivery = exchange.takeCommand(until: 0)
            switch consume delivery {
            case .nothingYet: return
            case .end:
                commands.append("end")
                return
            case .command(.write(let hold)): write(hold)
            case .command(.seal(let acknowledge)):
                if !segments.isEmpty { segments[segments.count - 1].isSealed = true }
                commands.append("seal")
                acknowledge?(.success(nil))
            case .command(.change(let rule, _)): commands.append("change \(rule.name)")
            }
        }
    }

    private func write(_ hold: consuming Hold) {
        if hold.begins != nil { segments.append(Written()) }
        var segment = segments.removeLast()
        let count = hold.isFlush ? hold.buffer.count : hold.buffer.wholePages
        precondition(hold.offset % Int64(File.pageSize) == 0 && Int(hold.offset) <= segment.bytes.count)
        segment.bytes.removeLast(segment.bytes.count - Int(hold.offset))
        SyntheticWriter.append(hold.buffer.bytes.extracting(first: count), to: &segment.bytes)
        segment.wholeEnd = Int(hold.wholeEnd)
        if hold.isFlush { segment.flushes += 1 }
        taken += hold.records
        counters.add(UInt64(hold.records), to: .written)
        segments.append(segment)
        if keepsBuffers { kept.append(hold.release()) } else { exchange.giveFree(hold.release()) }
    }

    private static func append(_ bytes: RawSpan, to file: inout [UInt8]) {
        for index in 0..<bytes.byteCount {
            unsafe file.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
        }
    }

    /// Returns the oldest buffer that was kept.
    func giveBack() { if !kept.isEmpty { exchange.giveFree(kept.remove(at: 0)) } }
}
