import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Filters with lists of hosts, in the kernel and in the classifier.
    @Suite struct HostLists {
        /// 12,000 addresses that do not form networks, more than the kernel's filter can hold.
        private static let hosts = (0..<12_000).map { "10.\($0 / 100).\($0 % 100 * 2).9" }

        @Test("A list too long for the kernel has a reported superset, and only listed hosts are captured")
        func superset() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            try write(HostLists.hosts, to: folder.path + "/bad.txt")
            let daemon = try Daemon.capturing(
                """
                filters: { bad: { hosts: bad.txt } }
                captures: { bad: { interface: hfh1, filter: bad, snap-length: 20 } }
                """, in: folder.path)
            // The neighbours of listed addresses are in the kernel's superset, but in no file.
            let listed = (0..<400).map { frame(from: HostLists.hosts[$0 * 29], to: "192.0.2.1") }
            let others = (0..<400).map { number in
                frame(from: HostLists.hosts[number * 29].replacing(/9$/, with: "8"), to: "192.0.2.2")
            }
            let socket = try FrameSocket(on: link.near)
            for (one, other) in zip(listed, others) {
                try socket.send(one)
                try socket.send(other)
            }
            let status = try await daemon.quietStatus(after: 400)
            let filter = try #require(status.interfaces.first?.taps.first?.kernelFilter)
            #expect(filter.hasPrefix("superset, 12,000 addresses in ") && filter.hasSuffix(" networks"), "\(filter)")
            #expect(try daemon.holdfast("status").output.contains("kernel: superset, 12,000 addresses in "))
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps[0].received > 400)
            let packets = try Segments(in: folder.path + "/bad").packets()
            #expect(packets.map(\.bytes) == listed.map { Array($0.prefix(20)) })
        }

        @Test("Captures with lists on one tap each get their own packets")
        func several() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            try write(HostLists.hosts + ["2001:db8::/32"], to: folder.path + "/bad.txt")
            try write(["192.0.2.0/24"], to: folder.path + "/ours.txt")
            let daemon = try Daemon.capturing(
                """
                filters:
                  bad: { hosts: bad.txt }
                  ours: { hosts: ours.txt }
                  dns: '@bad and udp port 53'
                  clean: not @bad and @ours
                captures:
                  bad: { interface: hfh1, filter: bad }
                  dns: { interface: hfh1, filter: dns }
                  clean: { interface: hfh1, filter: clean }
                """, in: folder.path)
            #expect(try taps(on: link.far).count == 1)
            let socket = try FrameSocket(on: link.near)
            let bad = HostLists.hosts[7000]
            let frames = [
                frame(from: bad, to: "192.0.2.1", port: 53), frame(from: "192.0.2.1", to: bad, port: 80),
                frame(from: "192.0.2.1", to: "198.51.100.7", port: 53), frame(from: "198.51.100.7", to: "10.9.9.9"),
            ]
            for frame in frames { try socket.send(frame) }
            let log = try daemon.stop()
            #expect(log.losses == 0)
            for (name, expected) in [("bad", [0, 1]), ("dns", [0]), ("clean", [2])] {
                let found = try Segments(in: folder.path + "/" + name).packets().map(\.bytes)
                #expect(found == expected.map { frames[$0] }, "\(name)")
            }
        }

        @Test("A reload reads the list again, and an invalid list changes nothing")
        func reload() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            let list = folder.path + "/bad.txt"
            try write(["192.0.2.1"], to: list)
            let configuration = """
                filters: { bad: { hosts: bad.txt } }
                captures: { bad: { interface: hfh1, filter: bad } }
                """
            let daemon = try Daemon.capturing(configuration, in: folder.path)
            let socket = try FrameSocket(on: link.near)
            let frames = ["192.0.2.1", "192.0.2.2"].map { frame(from: $0, to: "198.51.100.7") }
            for frame in frames { try socket.send(frame) }
            try write(HostLists.hosts + ["192.0.2.2"], to: list)
            try daemon.reload(configuration)
            for frame in frames { try socket.send(frame) }
            try write(["192.0.2.1", "example.com"], to: list)
            try daemon.reload(configuration, expecting: "rejected")
            #expect(daemon.log.lines(containing: "bad.txt:2:1: ").count == 1, "\(daemon.log.text)")
            for frame in frames { try socket.send(frame) }
            try daemon.stop()
            let found = try Segments(in: folder.path + "/bad").packets().map(\.bytes)
            #expect(found == [frames[0], frames[1], frames[1]])
        }

        private func write(_ lines: [String], to path: String) throws {
            try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        }

        /// A UDP packet in an Ethernet frame of 60 bytes.
        private func frame(from source: String, to destination: String, port: UInt16 = 4000) -> [UInt8] {
            func bytes(_ address: String) -> [UInt8] { address.split(separator: ".").compactMap { UInt8($0) } }
            let ip: [UInt8] =
                [0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0] + bytes(source) + bytes(destination)
            let udp = [0x10, 0, UInt8(port >> 8), UInt8(port & 0xff), 0, 26, 0, 0] + [UInt8](repeating: 7, count: 18)
            return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + ip + udp
        }
    }
}
