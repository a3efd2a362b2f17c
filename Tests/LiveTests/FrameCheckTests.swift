import Foundation
import TestSupport
import Testing
import Traffic

/// Tests of FrameCheck, on which most live tests depend.
@Suite struct FrameCheckTests {
    private static let frames = FrameSequence([.udp, .tcp])

    @Test("A correct file is a prefix of the sequence")
    func faultless() throws {
        let found = try check((0..<50).map(FrameCheckTests.frames.frame))
        #expect(found.isPrefix && found.count == 50 && found.last == 49)
    }

    @Test("A missing frame is a gap and not a mistake")
    func missing() throws {
        let found = try check([0, 1, 4].map(FrameCheckTests.frames.frame))
        #expect(found.mistakes.isEmpty && found.gaps == 2 && !found.isPrefix)
    }

    @Test("A duplicate, misplaced, truncated, altered or foreign frame is a mistake")
    func faulty() throws {
        let frame = FrameCheckTests.frames.frame
        var altered = frame(2)
        altered[altered.count - 1] ^= 1
        let lists = [
            [frame(0), frame(1), frame(1)], [frame(0), frame(2), frame(1)], [frame(0), frame(3).dropLast()],
            [frame(0), frame(1), altered], [frame(0), [UInt8](repeating: 0, count: 100)],
        ]
        for list in lists { #expect(try check(list).mistakes.count == 1) }
    }

    @Test("A file that ends within a packet is refused")
    func cut() throws {
        #expect(throws: Savefile.ReadFailure.self) { try check([FrameCheckTests.frames.frame(0)], cutBy: 1) }
    }

    @Test("Frames have their declared sizes and lengths, and a correct IPv4 checksum")
    func frames() {
        for index in UInt64(0)..<2000 {
            let frame = FrameCheckTests.frames.frame(index)
            #expect(frame.count == FrameCheckTests.frames.size(of: index) && (64...1500).contains(frame.count))
            #expect(Int(frame[16]) << 8 | Int(frame[17]) == frame.count - 14)
            var sum = stride(from: 14, to: 34, by: 2).reduce(0) { $0 + (Int(frame[$1]) << 8 | Int(frame[$1 + 1])) }
            while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
            #expect(sum == 0xffff)
        }
    }

    /// Checks a pcap file of these packets, truncated by `missing` bytes.
    private func check(_ packets: [[UInt8]], cutBy missing: Int = 0) throws -> FrameCheck {
        func words(_ words: [UInt32]) -> [UInt8] {
            words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        }
        let header = words([0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1])
        let records = packets.flatMap { words([1, 2, UInt32($0.count), UInt32($0.count)]) + $0 }
        let folder = try TemporaryFolder()
        let path = folder.path + "/test.pcap"
        try Data((header + records).dropLast(missing)).write(to: URL(fileURLWithPath: path))
        return try FrameCheck(FrameCheckTests.frames, in: [path])
    }
}
