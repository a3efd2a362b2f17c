import Counters
import Linux
import Pcap
import Rules
import Segments
import Synthetic
import TestSupport
import Testing

@testable import Capture

@Suite("The store side of a capture")
struct StoreTests {
    private typealias Frame = SyntheticKernel.Frame

    /// Appends frames to a store one by one, as the drain loop does; returns false at the first that finds no room.
    private func append(_ frames: [Frame], to store: inout Store) throws -> Bool {
        let kernel = try SyntheticKernel(blocks: 2)
        var ring = kernel.takeRing()
        for frame in frames {
            kernel.handOver([frame])
            guard let block = ring.take(), let packet = block.packets.first else { return false }
            guard store.append(packet, keeping: .max) else { return false }
        }
        return true
    }

    @Test("With any record sizes and flushes, the file is the sequence of the records")
    func pages() throws {
        var generator = SeededGenerator()
        for _ in 0..<50 {
            let size = [8192, 12288, 65536].randomElement(using: &generator) ?? 8192
            let writer = try SyntheticWriter(DataPlane.rule("a", buffers: BufferGeometry(size: size, count: 3)))
            var store = writer.makeStore()
            let count = UInt32.random(in: 1...300, using: &generator)
            for number in 0..<count {
                let length = Int.random(in: 5...3000, using: &generator)
                #expect(try append([Frame(number, length: length)], to: &store))
                if Int.random(in: 0..<20, using: &generator) == 0 {
                    store.endOfBlock(at: 1)
                    store.runTimers(at: .max, drainedSecond: 0)
                }
                writer.work()
                guard let segment = writer.segments.last else { continue }
                // A crash now would leave whole records, as many as are counted as written.
                #expect(Written.count(of: segment.bytes.prefix(segment.wholeEnd)) == writer.taken)
            }
            store.finish()
            writer.work()
            #expect(writer.segments.count == 1 && writer.segments[0].numbers == (0..<count).map { $0 })
            #expect(writer.taken == count && writer.commands == ["seal", "end"])
        }
    }

    private enum Written {
        /// Number of whole records in a pcap file; -1 if the bytes end within a record.
        static func count(of bytes: ArraySlice<UInt8>) -> Int {
            guard !bytes.isEmpty else { return 0 }
            var (place, count) = (24, 0)
            while place + 16 <= bytes.count {
                place += 16 + (0..<4).reduce(0) { $0 | Int(bytes[place + 8 + $1]) << (8 * $1) }
                count += 1
            }
            return place == bytes.count ? count : -1
        }
    }

    @Test("A segment ends before the packet that exceeds its packets, size or interval, or follows a clock step back")
    func limits() throws {
        let cases: [(Rotation, [Frame], [[UInt32]])] = [
            (Rotation(packets: 2), (0..<5).map { Frame($0) }, [[0, 1], [2, 3], [4]]),
            (Rotation(size: 24 + 2 * 76), (0..<5).map { Frame($0) }, [[0, 1], [2, 3], [4]]),
            (
                Rotation(every: 60),
                [(0, 600), (1, 659), (2, 660), (3, 659), (4, 700)].map { Frame($0.0, second: $0.1) },
                [[0, 1], [2, 3, 4]]
            ),
            (Rotation(every: 60), [(0, 660), (1, 600)].map { Frame($0.0, second: $0.1) }, [[0], [1]]),
        ]
        for (rotation, frames, expected) in cases {
            var rule = DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 8))
            rule.rotation = rotation
            let writer = try SyntheticWriter(rule)
            var store = writer.makeStore()
            #expect(try append(frames, to: &store))
            store.finish()
            writer.work()
            #expect(writer.segments.map(\.numbers) == expected && writer.segments.allSatisfy(\.isSealed))
        }
    }

    @Test("Without a free buffer a packet is refused without effect, and accepted when a buffer returns")
    func refused() throws {
        let writer = try SyntheticWriter(DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 2)))
        writer.keepsBuffers = true
        var store = writer.makeStore()
        var number: UInt32 = 0
        while try append([Frame(number, length: 1000)], to: &store) {
            number += 1
            writer.work()
        }
        let counts = writer.counters.counts
        #expect(try !append([Frame(number, length: 1000)], to: &store) && !store.isStalled)
        #expect(!store.awaitBuffer(until: 1) && store.isStalled)
        writer.giveBack()
        #expect(store.awaitBuffer(until: 0) && !store.isStalled)
        #expect(try append([Frame(number, length: 1000)], to: &store))
        #expect(writer.counters.counts[.holdDropped] == counts[.holdDropped])
        writer.keepsBuffers = false
        store.finish()
        writer.work()
        #expect(writer.segments.flatMap(\.numbers) == (0...number).map { $0 })
    }

    @Test("If the writer wants a new segment, the next buffer ends the current one and another begins")
    func newSegment() throws {
        let writer = try SyntheticWriter(DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 4)))
        var store = writer.makeStore()
        #expect(try append((0..<5).map { Frame($0) }, to: &store))
        writer.exchange.wantNewSegment(true)
        store.endOfBlock(at: 1)
        store.runTimers(at: .max, drainedSecond: 0)
        writer.exchange.wantNewSegment(false)
        #expect(try append((5..<9).map { Frame($0) }, to: &store))
        store.finish()
        writer.work()
        #expect(writer.segments.map(\.numbers) == [[0, 1, 2, 3, 4], [5, 6, 7, 8]])
    }

    @Test("Another format or directory ends the segment, and other limits do not")
    func changedRule() throws {
        let writer = try SyntheticWriter(DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 4)))
        var store = writer.makeStore()
        let catalog = SegmentCatalog(
            .everything, found: Adoption(capture: "a", path: "/nowhere", device: 0), reserve: FreeSpaceGuard())
        var rule = writer.rule
        #expect(try append([Frame(0)], to: &store))
        rule.rotation = Rotation(packets: 3)
        store.change(to: rule, retention: catalog)
        #expect(try append([Frame(1), Frame(2), Frame(3)], to: &store))
        rule.directory = "/elsewhere"
        store.change(to: rule, retention: catalog)
        #expect(try append([Frame(4)], to: &store))
        store.finish()
        writer.work()
        #expect(writer.segments.map(\.numbers) == [[0, 1, 2], [3], [4]])
        #expect(writer.commands == ["change a", "seal", "seal", "change a", "seal", "end"])
    }

    @Test("A VLAN tag is put back behind the MAC addresses, within the snap length")
    func tags() throws {
        for snapLength in [8, 13, 15, 18, 65535] as [UInt32] {
            var rule = DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 4))
            rule.snapLength = snapLength
            let writer = try SyntheticWriter(rule)
            var store = writer.makeStore()
            var frame = Frame(7, length: 40)
            frame.tag = (0x88a8, 0x2064)
            #expect(try append([frame], to: &store))
            store.finish()
            writer.work()
            let wire = frame.bytes.prefix(12) + [0x88, 0xa8, 0x20, 0x64] + frame.bytes.dropFirst(12)
            #expect(writer.segments[0].bytes.dropFirst(40) == wire.prefix(Int(snapLength)))
            #expect(writer.counters.counts[.truncated] == (snapLength < 44 ? 1 : 0))
        }
    }

    @Test("Packets count as matched before their buffer can be written")
    func publishedFirst() throws {
        let writer = try SyntheticWriter(DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 4)))
        var store = writer.makeStore()
        var number: UInt32 = 0
        repeat {
            #expect(try append([Frame(number, length: 1000)], to: &store))
            number += 1
            writer.work()
        } while writer.taken == 0
        // No block has ended.
        #expect(writer.counters.counts[.matched] >= UInt64(writer.taken))
        store.finish()
    }

    @Test("Without a free buffer, a flush is tried again after another flush interval")
    func lateFlush() throws {
        var rule = DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 1))
        rule.flush = 1000
        let writer = try SyntheticWriter(rule)
        var store = writer.makeStore()
        #expect(try append([Frame(0)], to: &store))
        store.endOfBlock(at: 5000)
        #expect(store.flushDeadline == 6000)
        store.runTimers(at: 6000, drainedSecond: 0)
        #expect(store.flushDeadline == 7000)
        store.finish()
        writer.work()
        #expect(writer.segments.map(\.numbers) == [[0]])
    }

    @Test("In pcapng, records fill buffers, and the end of the segment has room and the losses")
    func blocks() throws {
        var generator = SeededGenerator(stream: 41)
        for _ in 0..<20 {
            var rule = DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 3))
            rule.kind = SegmentKind(.pcapng, .none)
            let writer = try SyntheticWriter(rule)
            var store = writer.makeStore()
            let count = UInt32.random(in: 1...60, using: &generator)
            for number in 0..<count {
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    store.note(ringDropped: 2)
                }
                #expect(try append([Frame(number, length: Int.random(in: 5...900, using: &generator))], to: &store))
                writer.work()
            }
            store.finish()
            writer.work()
            let blocks = try #require(StoreTests.blocks(of: writer.segments[0].bytes))
            #expect(blocks.first?.type == 0x0a0d_0d0a && blocks.last?.type == 5)
            #expect(blocks.count { $0.type == 6 } == count && writer.taken == count)
        }
    }

    @Test("However full the last buffer is, the end of a pcapng segment has room in it")
    func roomForTheEnd() throws {
        for length in stride(from: 200, through: 400, by: 20) {
            for count in UInt32(15)...40 {
                var rule = DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 3))
                rule.kind = SegmentKind(.pcapng, .none)
                let writer = try SyntheticWriter(rule)
                var store = writer.makeStore()
                for number in 0..<count {
                    #expect(try append([Frame(number, length: length)], to: &store))
                    writer.work()
                }
                store.finish()
                writer.work()
                let blocks = try #require(StoreTests.blocks(of: writer.segments[0].bytes))
                #expect(blocks.last?.type == 5 && blocks.count { $0.type == 6 } == count)
            }
        }
    }

    @Test("A packet that no buffer takes is counted, and the next record reports it")
    func dropped() throws {
        var rule = DataPlane.rule("a", buffers: BufferGeometry(size: 8192, count: 2))
        rule.kind = SegmentKind(.pcapng, .none)
        let writer = try SyntheticWriter(rule)
        var store = writer.makeStore()
        let kernel = try SyntheticKernel(blocks: 2)
        var ring = kernel.takeRing()
        kernel.handOver([Frame(0), Frame(1)])
        guard let block = ring.take() else { return #expect(Bool(false), "no block") }
        var packets = block.packets
        if let packet = packets.first { store.drop(packet) }
        packets.removeFirst()
        if let packet = packets.first {
            let isTaken = store.append(packet, keeping: .max)
            #expect(isTaken)
        }
        store.finish()
        writer.work()
        #expect(writer.counters.counts[.holdDropped] == 1 && writer.counters.counts[.matched] == 2)
        let lengths = try #require(StoreTests.blocks(of: writer.segments[0].bytes)).filter { $0.type == 6 }.map(
            \.length)
        // A record after a loss has one more option.
        #expect(lengths == [EnhancedPacket.size(capturedLength: 60, isAfterLoss: true)])
    }

    /// The blocks of a pcapng file; nil if one is not whole.
    private static func blocks(of file: [UInt8]) -> [(type: UInt32, length: Int)]? {
        func word(_ place: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(file[place + $1]) << (8 * $1) } }
        var (place, found): (Int, [(UInt32, Int)]) = (0, [])
        while place + 12 <= file.count {
            let length = Int(word(place + 4))
            guard length >= 12, place + length <= file.count, word(place + length - 4) == UInt32(length) else {
                return nil
            }
            found.append((word(place), length))
            place += length
        }
        return place == file.count ? found : nil
    }
}
