import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Interfaces whose packets do not begin with an Ethernet header.
    @Suite(.enabled(if: Requirement.tun)) struct LinkTypes {
        private static let configuration = "captures: { raw: { interface: hftun0 } }"

        @Test("Raw IP packets of a tun device are captured")
        func rawIP() throws {
            let folder = try TemporaryFolder()
            let tun = try TunDevice("hftun0")
            let packets = (0..<50).map { Array(FrameSequence().frame($0).dropFirst(14)) }
            let daemon = try Daemon.capturing(
                """
                filters: { udp: udp and dst port 4000 }
                captures: { raw: { interface: hftun0 }, udp: { interface: hftun0, filter: udp } }
                """, in: folder.path)
            for packet in packets { try tun.receive(packet) }
            try daemon.stop()
            for name in ["raw", "udp"] { try check(folder.path + "/" + name, holds: packets, linkType: 12) }
        }

        @Test("802.11 packets with a radiotap header are captured")
        func radiotap() throws {
            let folder = try TemporaryFolder()
            let tun = try TunDevice("hftun0", hardwareType: 803)
            // A radiotap header without fields, and an 802.11 acknowledgement.
            let packets = (0..<20).map { number in
                [0, 0, 8, 0, 0, 0, 0, 0, 0xd4, 0, 0, 0, 2, 0, 0, 0, 0, UInt8(number)]
            }
            let daemon = try Daemon.capturing(LinkTypes.configuration, in: folder.path)
            for packet in packets { try tun.receive(packet, type: 0x0004) }
            try daemon.stop()
            try check(folder.path + "/raw", holds: packets, linkType: 127)
        }

        @Test("An interface with unsupported frames is refused by name and skipped by a pattern")
        func unknown() throws {
            let folder = try TemporaryFolder()
            let tun = try TunDevice("hftun0", hardwareType: 999)
            let refused = try Daemon(LinkTypes.configuration, in: folder.path)
            #expect(try refused.exitCode() == 78)
            let line = refused.log.lines(containing: "ARPHRD type 999").first ?? ""
            #expect(line.contains(".yaml:2:") && line.contains(tun.name), "\(refused.log.text)")

            let link = try VethPair("hftub0", "hftub1")
            let daemon = try Daemon.capturing("captures: { some: { interface: 'hftu*' } }", in: folder.path)
            #expect(daemon.log.events("failed", interface: tun.name).map { $0["cause"] } == ["ARPHRD type 999"])
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<10)
            let log = try daemon.stop()
            #expect(log.capture("some", on: link.far)?.written == 10)
        }

        private func check(_ folder: String, holds packets: [[UInt8]], linkType: Int32) throws {
            let path = try #require(try Segments(in: folder).paths.first)
            let file = try Savefile(path)
            #expect(file.linkType == linkType)
            #expect(file.packets.map(\.bytes) == packets)
            #expect(try Inspection.packetCounts([path]) == [packets.count])
            try Inspection.tshark(path)
        }
    }
}
