import Foundation
import Testing
import Traffic

extension Live {
    /// Segments in pcapng, with everything in them that other programs can show.
    @Suite struct Pcapng {
        private static let frames = FrameSequence([.udp, .tcp])

        @Test("Packets are in the file as they were sent; readers show where, by which filter and which way they came")
        func packets() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            try Command.ip("link set hfn1 alias uplink-to-nowhere")
            let daemon = try Daemon.capturing(
                """
                filters: { transport: udp or tcp }
                captures: { all: { interface: hfn1, filter: transport, format: pcapng } }
                """, in: folder.path)
            try Generator(Pcapng.frames, on: link.near, rate: 20_000).send(0..<2000)
            try Generator(Pcapng.frames, on: link.far, rate: 20_000, bypassesQueue: false).send(2000..<2100)
            let log = try daemon.stop()

            let segments = try Segments(in: folder.path + "/all")
            #expect(segments.names.count == 1 && segments.names[0].hasSuffix("Z.pcapng"))
            let found = try FrameCheck(Pcapng.frames, in: segments.paths)
            #expect(found.isPrefix && found.count == 2100, "\(found.mistakes)")
            #expect(log.losses == 0)
            try Inspection.tcpdump(segments.paths)
            let about = try Inspection.capinfos(segments.paths[0])
            for line in [
                "Capture application: Holdfast", "Name = hfn1", "Description = uplink-to-nowhere",
                "Filter string = udp or tcp", "Time precision = nanoseconds (9)", "Capture length = 262144",
                "Number of stat entries = 1", "Number of packets = 2100",
            ] { #expect(about.contains(line), "\(line) in:\n\(about)") }
            let fields = try Inspection.fields(
                ["frame.interface_name", "frame.packet_flags_direction", "frame.drop_count"], of: segments.paths[0])
            let received = ["hfn1", "0x00000001", ""], sent = ["hfn1", "0x00000002", ""]
            #expect(fields == Array(repeating: received, count: 2000) + Array(repeating: sent, count: 100))
        }
    }
}
