import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Changes of the configuration while packets arrive.
    @Suite struct Reloads {
        /// Every third frame goes to a port that every filter accepts.
        private static let frames = FrameSequence(sizes: 64...300, ports: [1000, 2000, 3000])
        private static let always: UInt16 = 3000

        private static func configuration(port: UInt16, neighbour: Bool) -> String {
            """
            filters: { changing: udp port \(port) or udp port \(always), other: tcp port 9 }
            captures:
              one: { interface: hfr1, filter: changing, rotate: { size: 16MiB } }
            \(neighbour ? "  two: { interface: hfr1, filter: other }" : "")
            """
        }

        @Test(
            "A hundred filter changes lose and double no common packet, and others match the current filter",
            arguments: [false, true])
        func switching(neighbour: Bool) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfr0", "hfr1")
            let daemon = try Daemon.capturing(Reloads.configuration(port: 1000, neighbour: neighbour), in: folder.path)
            let traffic = try Generator(Reloads.frames, on: link.near, rate: 200_000).start(0..<20_000_000)
            var spans: [(port: UInt16, from: Double, to: Double)] = []
            var times: [Double] = []
            for round in 1...100 {
                let port: UInt16 = round.isMultiple(of: 2) ? 1000 : 2000
                let began = Date().timeIntervalSince1970
                if let last = spans.indices.last { spans[last].to = began }
                let entry = try daemon.reload(Reloads.configuration(port: port, neighbour: neighbour))
                spans.append((port, Date().timeIntervalSince1970, .infinity))
                times.append(Double(entry.number("microseconds")) / 1000)
            }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)

            var (next, mistakes, wrong, missing, packets) = (UInt64(2), 0, 0, 0, 0)
            var previous: (span: Int?, changing: UInt64?) = (nil, nil)
            for path in try Segments(in: folder.path + "/one").paths {
                try Savefile.read(path) { seconds, nanoseconds, _, bytes in
                    packets += 1
                    guard let index = FrameSequence.index(of: bytes) else { return mistakes += 1 }
                    let port = Reloads.frames.port(of: index)
                    let time = Double(seconds) + Double(nanoseconds) / 1e9
                    let span = spans.firstIndex { $0.from < time && time < $0.to }
                    guard port == Reloads.always else {
                        if let span, spans[span].port != port { wrong += 1 }
                        return previous.changing = index
                    }
                    if index != next { mistakes += 1 }
                    next = index + 3
                    // Between two of these frames, there is one for the port that changes.
                    if let span, span == previous.span {
                        if previous.changing != index - (spans[span].port == 1000 ? 2 : 1) { missing += 1 }
                    }
                    previous.span = span
                }
            }
            times.sort()
            print(
                "RELOAD \(neighbour ? "2 captures" : "1 capture"): \(times.count) reloads, "
                    + "median \(times[times.count / 2]) ms, \(sent) frames sent, \(packets) in the files")
            #expect(mistakes == 0, "frames of the port that both filters want")
            #expect(next + 3 > sent, "the last of them, \(next), of \(sent)")
            #expect(wrong == 0, "frames of a port that was not wanted any more")
            #expect(missing == 0, "frames of the port that was wanted at their time")
        }

        @Test("An error changes nothing, and a reload leaves unchanged captures in their segments")
        func running() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfr0", "hfr1")
            let first = """
                filters: { a: udp port 1000, b: udp port 2000 }
                captures:
                  stays: { interface: hfr1, filter: a }
                  goes: { interface: hfr1, filter: b }
                """
            let daemon = try Daemon.capturing(first, in: folder.path)
            let generator = Generator(Reloads.frames, on: link.near, rate: 30_000)
            try generator.send(0..<3000)
            try daemon.reload(
                first.replacingOccurrences(of: "filter: b", with: "filter: c"), expecting: "rejected")
            #expect(daemon.log.lines(containing: "unknown filter 'c'").count == 1)
            try generator.send(3000..<6000)
            try daemon.reload(
                """
                filters: { a: udp port 1000, c: udp port 3000 }
                captures:
                  stays: { interface: hfr1, filter: a, rotate: { packets: 1500 } }
                  comes: { interface: hfr1, filter: c, snap-length: 64 }
                """)
            try daemon.wait(event: "ended", capture: "goes", interface: "hfr1")
            try generator.send(6000..<9000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)
            #expect(try Segments(in: folder.path + "/goes").packets().count == 2000)
            let stays = try Segments(in: folder.path + "/stays")
            let counts = try stays.paths.map { try Savefile($0).packets.count }
            // The open segment already exceeded the new limit, so the next packet ends it.
            #expect(counts == [2000, 1000])
            let comes = try Segments(in: folder.path + "/comes").packets()
            #expect(comes.count == 1000 && comes.allSatisfy { $0.bytes.count == 64 })
        }
    }
}
