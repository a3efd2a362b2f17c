import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Filters that depend on a live interface, and interfaces that are selected in several ways.
    @Suite struct Filters {
        private static let frames = FrameSequence()

        @Test("A capture selects interfaces by a list, with exceptions, and by an alternative name")
        func selections() throws {
            let folder = try TemporaryFolder()
            let one = try VethPair("hfs0", "hfs1")
            let other = try VethPair("hft0", "hft1")
            let name = "a-name-of-more-than-fifteen-letters"
            try Command.ip("link property add dev hft1 altname \(name)")
            let daemon = try Daemon.capturing(
                """
                captures:
                  both: { interface: [hfs1, hft1] }
                  named: { interface: \(name) }
                  rest: { interface: '*', except: ['hf?0', hft1, lo] }
                """, in: folder.path)
            for link in [one.near, other.near] {
                try Generator(Filters.frames, on: link, rate: 20_000).send(0..<50)
            }
            let log = try daemon.stop()
            func interfaces(_ name: String) -> [String] {
                log.captures.filter { $0.name == name && $0.written == 50 }.map(\.interface).sorted()
            }
            #expect(interfaces("both") == ["hfs1", "hft1"])
            #expect(interfaces("named") == ["hft1"])
            #expect(interfaces("rest") == ["hfs1"])
            #expect(log.captures.count == 4, "\(log.text)")
        }

        @Test("A filter works if libpcap's program reads scratch memory before it writes it")
        func scratch() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            let daemon = try Daemon.capturing(
                """
                filters: { session: vlan and pppoes and ip }
                captures: { session: { interface: hfs1, filter: session } }
                """, in: folder.path)
            let ip = [UInt8](repeating: 0, count: 40)
            let mac = [UInt8](repeating: 2, count: 12)
            let session: [UInt8] = [0x88, 0x64, 0x11, 0, 0, 9, 0, 42, 0, 0x21] + [0x45] + ip
            let socket = try FrameSocket(on: link.near)
            let wanted = mac + [0x81, 0, 0, 5] + session
            for frame in [wanted, mac + session, mac + [0x81, 0, 0, 5, 8, 0, 0x45] + ip, wanted] {
                try socket.send(frame)
            }
            let log = try daemon.stop()
            #expect(log.losses == 0)
            #expect(try Segments(in: folder.path + "/session").packets().map(\.bytes) == [wanted, wanted])
        }

        @Test("The expression 'ip broadcast' uses the network of the interface")
        func broadcast() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            try Command.ip("addr add 10.20.16.1/20 dev hfs1")
            let daemon = try Daemon.capturing(
                """
                filters: { all: ip broadcast }
                captures: { all: { interface: hfs1, filter: all, direction: in } }
                """, in: folder.path)
            let socket = try FrameSocket(on: link.near)
            func frame(to address: [UInt8]) -> [UInt8] {
                [UInt8](repeating: 2, count: 12) + [8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 20, 16, 2]
                    + address
                    + [UInt8](repeating: 0, count: 26)
            }
            // 10.20.31.255 is the broadcast address of 10.20.16.0/20.
            let wanted = [[10, 20, 31, 255], [10, 20, 16, 0], [255, 255, 255, 255]].map { frame(to: $0) }
            for frame in wanted + [[10, 20, 16, 255], [10, 20, 31, 254], [10, 20, 17, 0]].map({ frame(to: $0) }) {
                try socket.send(frame)
            }
            try daemon.stop()
            #expect(try Segments(in: folder.path + "/all").packets().map(\.bytes) == wanted)
        }

        @Test("An expression that libpcap compiles slowly is refused at a reload, and the daemon still answers")
        func slow() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            let daemon = try Daemon.capturing("captures: { all: { interface: hfs1 } }", in: folder.path)
            let hosts = (0..<3000).map { "host 10.\($0 / 250).\($0 % 250).1" }.joined(separator: " or ")
            try daemon.reload(
                "filters: { bad: '\(hosts)' }\ncaptures: { all: { interface: hfs1, filter: bad } }",
                expecting: "rejected")
            #expect(daemon.log.lines(containing: "libpcap needs more than 2 s").count == 1, "\(daemon.log.text)")
            #expect(try daemon.holdfast("status").status == 0)
            try Generator(Filters.frames, on: link.near, rate: 20_000).send(0..<50)
            // An abandoned compilation does not delay the end.
            let log = try daemon.stop()
            #expect(log.capture("all")?.written == 50)
        }
    }
}
