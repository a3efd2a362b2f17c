import Linux
import Synthetic
import Testing

@testable import Capture

@Suite("The ring over synthetic blocks")
struct RingTests {
    private typealias Frame = SyntheticKernel.Frame

    @Test("Blocks arrive in order, around the ring, and return when their owner releases them")
    func order() throws {
        let kernel = try SyntheticKernel(blocks: 4)
        var ring = kernel.takeRing()
        #expect(ring.isEmpty && ring.nextSecond == nil)
        for round in 0..<10 {
            kernel.handOver([Frame(UInt32(round), second: Int64(100 + round)), Frame(7)])
            #expect(!ring.isEmpty && ring.nextSecond == Int64(100 + round))
            do {
                guard let block = ring.take() else { return #expect(Bool(false), "no block") }
                let (count, dropped, end) = (block.packetCount, block.dropped, block.end)
                #expect(count == 2 && kernel.blocksOut == 1 && dropped == 0)
                #expect(end == 1_700_000_000_000_007_000)
                var packets = block.packets
                var seen: [UInt32] = []
                while let packet = packets.first {
                    seen.append(packet.nanoseconds)
                    packets.removeFirst()
                }
                #expect(seen == [UInt32(round) * 1000, 7000])
            }
            #expect(kernel.blocksOut == 0)
        }
    }

    @Test("A block that is out is not taken twice, even if every block of the ring is out")
    func allOut() throws {
        let kernel = try SyntheticKernel(blocks: 2)
        var ring = kernel.takeRing()
        kernel.handOver([Frame(0)])
        kernel.handOver([Frame(1)])
        #expect(!kernel.hasRoom && ring.isHalfFull && ring.filledEighths == 8)
        let first = ring.take()
        let second = ring.take()
        let third = ring.take()
        let (isFirst, isSecond, isThird) = (first != nil, second != nil, third != nil)
        #expect(isFirst && isSecond && !isThird && ring.nextSecond == nil)
        _ = consume first
        #expect(kernel.hasRoom && kernel.blocksOut == 1)
        _ = consume second
        #expect(kernel.blocksOut == 0 && ring.isEmpty)
    }

    @Test("The fill of the ring is in eighths, rounded up")
    func fill() throws {
        let kernel = try SyntheticKernel(blocks: 16)
        var ring = kernel.takeRing()
        var found: [Int] = []
        for count in 1...16 {
            for index in 0..<count { kernel.handOver([Frame(UInt32(index))]) }
            do {
                let block = ring.take()
                found.append(ring.filledEighths)
                _ = consume block
            }
            while ring.take() != nil {}
        }
        #expect(found == (1...16).map { ($0 + 1) / 2 })
    }

    @Test("Drops precede the block that the kernel filled next")
    func dropped() throws {
        let kernel = try SyntheticKernel(blocks: 3)
        var ring = kernel.takeRing()
        for index in 0..<3 { kernel.handOver([Frame(UInt32(index))]) }
        ring.note(dropped: 5)
        // All blocks are handed over: the next one to be filled is the first.
        for number in 0..<3 {
            guard let block = ring.take() else { return #expect(Bool(false), "no block") }
            let dropped = block.dropped
            #expect(dropped == (number == 0 ? 5 : 0))
        }
        ring.note(dropped: 3)
        #expect(ring.takeDropped() == 3 && ring.takeDropped() == 0)
    }
}
