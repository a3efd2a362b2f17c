import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// On a loopback interface every packet is both sent and received, and TCP segments of 64 KiB are single packets.
    @Suite struct Loopback {
        @Test("A transfer over 127.0.0.1 is captured completely, with every packet once and untruncated")
        func transfer() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            defer { _ = try? Command.ip("link set lo down") }
            let daemon = try Daemon.capturing("captures: { lo: { interface: lo } }", in: folder.path)
            let stream = (0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 0x9e37_79b9 >> 16) }
            let port = try LocalTransfer.run(stream)
            try LocalTransfer.datagram(Array("once".utf8), to: 9)
            let log = try daemon.stop()

            let packets = try Segments(in: folder.path + "/lo").packets()
            let counts = try #require(log.capture("lo"))
            #expect(log.losses == 0)
            #expect(counts.truncated == 0)
            #expect(packets.allSatisfy { $0.bytes.count == $0.wireLength })
            #expect(packets.contains { $0.wireLength > 60_000 })
            // Addresses, IP identification, ports, sequence and acknowledgement numbers, and flags: no two packets
            // agree in all of them.
            #expect(Set(packets.map { $0.bytes.prefix(54) }).count == packets.count)
            #expect(packets.count { $0.bytes.suffix(4) == Array("once".utf8)[...] && $0.bytes[23] == 17 } == 1)
            // Compared outside #expect, which would search for the smallest difference between eight million bytes.
            let received = reassembled(packets, to: port)
            let isWhole = received == stream
            #expect(isWhole, "\(received.count) of \(stream.count) bytes in \(packets.count) packets")
        }

        /// The bytes of the connection to `port`, reassembled by sequence number.
        ///
        /// Two processors may send at once: one for the process, one for an acknowledgement. Their segments reach the
        /// ring in either order.
        private func reassembled(_ packets: [Savefile.Packet], to port: UInt16) -> [UInt8] {
            func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
            let segments = packets.map(\.bytes).filter { $0[23] == 6 && number($0[36..<38]) == UInt32(port) }
            guard let opening = segments.first(where: { $0[47] & 2 != 0 }) else { return [] }
            let start = number(opening[38..<42]) &+ 1
            let payloads = segments.map { segment in
                (offset: number(segment[38..<42]) &- start, bytes: segment[(34 + Int(segment[46] >> 4) * 4)...])
            }
            var stream: [UInt8] = []
            for (offset, bytes) in payloads.sorted(by: { $0.offset < $1.offset }) where !bytes.isEmpty {
                let known = stream.count - Int(offset)
                guard known >= 0, bytes.count > known else { continue }
                stream += bytes.dropFirst(known)
            }
            return stream
        }
    }
}
