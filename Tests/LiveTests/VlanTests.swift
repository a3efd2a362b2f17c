import TestSupport
import Testing
import Traffic

extension Live {
    /// The kernel removes the outermost VLAN tag before a tap sees the packet; the file contains it again.
    @Suite struct Vlan {
        /// A frame with addresses, tags (TPID and TCI each), and a payload of an experimental type.
        private static func frame(_ tags: [UInt16], payload: Int) -> [UInt8] {
            let addresses: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
            let words = (tags + [0x88b5]).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
            return addresses + words + (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* 7 + payload) }
        }

        private static let others: [[UInt8]] = [
            frame([], payload: 100),
            frame([0x8100, 200], payload: 101),
            frame([0x88a8, 300, 0x8100, 100], payload: 102),
            frame([0x8100, 0], payload: 103),
            frame([0x8100, 0x6000], payload: 104),
            frame([], payload: 0),
            frame([], payload: 6),
        ]
        private static let ofVlan100: [[UInt8]] = [
            frame([0x8100, 100], payload: 105),
            frame([0x8100, 0xb064], payload: 106),
            frame([0x88a8, 100, 0x8100, 200], payload: 107),
            frame([0x88a8, 0xf064, 0x8100, 0xe0c8], payload: 1400),
        ]

        private static func configuration(_ format: String) -> String {
            """
            filters: { vlan100: vlan 100 }
            captures:
              all: { interface: hfv1, format: \(format) }
              vlan: { interface: hfv1, format: \(format), filter: vlan100 }
              short: { interface: hfv1, format: \(format), snap-length: 20 }
              cut: { interface: hfv1, format: \(format), snap-length: 14 }
            """
        }

        @Test(
            "Tagged, doubly tagged and tiny frames are in the files as they were sent", arguments: ["pcap", "pcapng"])
        func tags(format: String) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfv0", "hfv1")
            let daemon = try Daemon.capturing(Vlan.configuration(format), in: folder.path)
            let socket = try FrameSocket(on: link.near)
            let sent = Vlan.others + Vlan.ofVlan100
            for frame in sent { try socket.send(frame) }
            let log = try daemon.stop()

            try check("all", holds: sent, cutTo: 262_144, log, folder.path)
            try check("vlan", holds: Vlan.ofVlan100, cutTo: 262_144, log, folder.path)
            try check("short", holds: sent, cutTo: 20, log, folder.path)
            try check("cut", holds: sent, cutTo: 14, log, folder.path)
        }

        private func check(
            _ name: String, holds frames: [[UInt8]], cutTo length: Int, _ log: DaemonLog, _ folder: String
        ) throws {
            let packets = try Segments(in: folder + "/" + name).packets()
            #expect(packets.map(\.bytes) == frames.map { Array($0.prefix(length)) }, "capture \(name)")
            #expect(packets.map(\.wireLength) == frames.map(\.count), "capture \(name)")
            #expect(log.capture(name)?.truncated == frames.count { $0.count > length }, "capture \(name)")
        }
    }
}
