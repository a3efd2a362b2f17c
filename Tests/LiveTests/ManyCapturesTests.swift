import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Many filters on one interface: one tap, and each capture gets the packets that tcpdump would select for it.
    @Suite struct ManyCaptures {
        @Test("Sixteen captures on one tap have what tcpdump selects from a capture of everything")
        func sixteen() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfm0", "hfm1")
            let ports: [UInt16] = Array(5000..<5020)
            let frames = FrameSequence([.udp, .tcp], sizes: 64...600, ports: ports)
            // One, two or no capture wants a frame: one by its port, and one by its size.
            let filters = (0..<15).map { "udp port \(5000 + $0)" } + ["tcp and greater 500 and portrange 5000-5009"]
            let names = filters.indices.map { "f\($0)" }
            let captures = names.map { "  \($0): { interface: hfm1, filter: \($0), snap-length: 1500 }" }
            let daemon = try Daemon.capturing(
                """
                filters: { \(zip(names, filters).map { "\($0): '\($1)'" }.joined(separator: ", ")) }
                captures:
                  everything: { interface: hfm1 }
                \(captures.joined(separator: "\n"))
                """, in: folder.path)
            #expect(try taps(on: link.far).count == 1)
            try Generator(frames, on: link.near, rate: 50_000).send(0..<50_000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)
            let all = try Segments(in: folder.path + "/everything").paths
            #expect(all.count == 1)
            for (name, filter) in zip(names, filters) {
                let selected = "\(folder.path)/selected.pcap"
                try Command.check(
                    "tcpdump", ["-r", all[0], "--time-stamp-precision=nano", "-Z", "root", "-w", selected, filter])
                let expected = try Savefile(selected).packets
                let found = try Segments(in: "\(folder.path)/\(name)").packets()
                let isSame = found == expected
                #expect(isSame && !found.isEmpty, "\(filter): \(found.count) packets, tcpdump has \(expected.count)")
            }
        }

        @Test("Captures without traffic use no memory for their buffers")
        func idle() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfm0", "hfm1")
            func configuration(_ count: Int) -> String {
                let filters = (1...count).map { "f\($0): udp port \($0)" }
                let captures = (1...count).map { "  c\($0): { interface: hfm1, filter: f\($0) }" }
                return "filters: { \(filters.joined(separator: ", ")) }\ncaptures:\n\(captures.joined(separator: "\n"))"
            }
            let daemon = try Daemon.capturing(configuration(1), in: folder.path)
            func resident() throws -> Int {
                let status = try String(contentsOfFile: "/proc/\(daemon.id)/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
                return line.flatMap { Int($0.split(separator: " ")[1]) } ?? .max
            }
            let alone = try resident()
            try daemon.reload(configuration(256))
            let many = try resident()
            print("IDLE MEMORY 1 capture: \(alone) kiB, 256: \(many) kiB")
            #expect(try taps(on: link.far).count == 1)
            // The buffers have 2 GiB of address space.
            #expect(many < alone + (256 << 10))
            try daemon.stop()
        }
    }
}
