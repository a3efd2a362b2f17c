import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Compressed segments: the same files, which zstd(1) and Wireshark decompress.
    @Suite(.enabled(if: Requirement.zstd)) struct Zstd {
        private static let frames = FrameSequence([.udp, .tcp])

        @Test(
            "A compressed segment has the contents of an uncompressed one", arguments: ["pcap", "pcapng"])
        func content(format: String) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfz0", "hfz1")
            let daemon = try Daemon.capturing(
                """
                buffers: { size: 512KiB }
                captures:
                  plain: { interface: hfz1, format: \(format), rotate: { packets: 6000 } }
                  packed: { interface: hfz1, format: \(format), rotate: { packets: 6000 }, compress: zstd, flush: 50ms }
                """, in: folder.path)
            // As fast as buffers fill, and then so slowly that each packet is compressed alone.
            try Generator(Zstd.frames, on: link.near, rate: 20_000).send(0..<20_000)
            try Generator(Zstd.frames, on: link.near, rate: 8, batch: 1).send(20_000..<20_008)
            let log = try daemon.stop()
            #expect(log.losses == 0)

            let (plain, packed) = (try Segments(in: folder.path + "/plain"), try Segments(in: folder.path + "/packed"))
            #expect(
                packed.names.map { $0.replacing(".\(format).zst", with: "").replacing("packed", with: "plain") }
                    == plain.names.map { $0.replacing(".\(format)", with: "") })
            #expect(plain.names.count == 4)
            try Inspection.zstd(packed.paths)
            let unpacked = try packed.unpacked(into: folder.path + "/unpacked")
            for (plain, unpacked) in zip(plain.paths, unpacked.paths) {
                #expect(FileManager.default.contentsEqual(atPath: plain, andPath: unpacked), "\(unpacked)")
            }
            #expect(try Inspection.packetCounts(packed.paths) == [6000, 6000, 6000, 2008])
            for path in packed.paths { try Inspection.tshark(path) }
            print("ZSTD \(format): \(plain.sizes.reduce(0, +)) bytes in \(packed.sizes.reduce(0, +))")
        }

        @Test(
            "After kill -9 every complete packet that zstd can decompress is kept", arguments: ["none", "hold"],
            1...2)
        func crash(sync: String, round: Int) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfz0", "hfz1")
            let configuration = """
                buffers: { size: 512KiB }
                captures: { all: { interface: hfz1, compress: zstd, sync: \(sync), rotate: { size: 8MiB } } }
                """
            let daemon = try Daemon.capturing(configuration, in: folder.path)
            let traffic = try Generator(Zstd.frames, on: link.near, rate: 50_000).start(0..<1_000_000)
            let here = folder.path + "/all"
            try eventually("a sealed segment and an open one") {
                let segments = try Segments(in: here)
                return !segments.names.isEmpty && !segments.parts.isEmpty
            }
            #expect(staysTrue(for: 0.05 * Double(round)) { daemon.isRunning })
            daemon.send(SIGKILL)
            _ = try daemon.exitCode()
            _ = try traffic.stop()
            let left = try Segments(in: here).partPaths.map { path in
                try Command.check("sh", ["-c", "zstd -dcq '\(path)' 2>/dev/null | wc -c"])
            }
            let unpackable = left.compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }.reduce(0, +)

            let log = try Daemon.capturing(configuration, in: folder.path).stop()
            let segments = try Segments(in: here)
            #expect(segments.parts.isEmpty, "the log:\n\(log.text)")
            try Inspection.zstd(segments.paths)
            let unpacked = try segments.unpacked(into: folder.path + "/unpacked")
            let found = try FrameCheck(Zstd.frames, in: unpacked.paths)
            #expect(found.isPrefix && found.count > 0, "\(found.mistakes)")
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == found.count)
            // Between two segments there is nothing to repair, and a segment without a complete packet is removed.
            guard !left.isEmpty, log.events("repaired").map({ $0.number("packets") > 0 }) == [true] else { return }
            let kept = unpacked.sizes.last ?? 0
            print("ZSTD sync: \(sync): \(kept) bytes kept of \(unpackable) that can be unpacked after kill -9")
            #expect(left.count == 1 && (0..<2000).contains(unpackable - kept))
        }

        @Test("A reload to another format or compression begins a segment with it and loses nothing")
        func reload() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfz0", "hfz1")
            func configuration(_ more: String) -> String { "captures: { all: { interface: hfz1\(more) } }" }
            let daemon = try Daemon.capturing(configuration(", format: pcapng"), in: folder.path)
            let traffic = try Generator(Zstd.frames, on: link.near, rate: 20_000).start(0..<1_000_000)
            for more in ["", ", compress: zstd", ", format: pcapng", ", format: pcapng, snap-length: 2000"] {
                #expect(staysTrue(for: 0.2) { daemon.isRunning })
                try daemon.reload(configuration(more))
            }
            #expect(staysTrue(for: 0.2) { daemon.isRunning })
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            let segments = try Segments(in: folder.path + "/all")
            let suffixes = segments.names.map { $0.split(separator: ".").last ?? "" }
            #expect(suffixes == ["pcapng", "pcap", "zst", "pcapng", "pcapng"])
            let found = try FrameCheck(Zstd.frames, in: segments.unpacked(into: folder.path + "/unpacked").paths)
            #expect(log.losses == 0 && found.isPrefix && found.count == sent, "\(found.mistakes)")
        }

        @Test("A second signal abandons unwritten packets and keeps written ones")
        func abandoned() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfz0", "hfz1")
            let configuration = """
                buffers: { size: 512KiB }
                captures: { all: { interface: hfz1, compress: zstd } }
                """
            let daemon = try Daemon.capturing(configuration, in: folder.path)
            let traffic = try Generator(Zstd.frames, on: link.near, rate: 20_000).start(0..<1_000_000)
            #expect(staysTrue(for: 1) { daemon.isRunning })
            daemon.send(SIGTERM)
            daemon.send(SIGINT)
            _ = try daemon.exitCode()
            _ = try traffic.stop()
            let log = daemon.log
            #expect(log.isBalanced, "\(log.text)")
            try Daemon.capturing(configuration, in: folder.path).stop()
            let segments = try Segments(in: folder.path + "/all")
            try Inspection.zstd(segments.paths)
            let found = try FrameCheck(Zstd.frames, in: segments.unpacked(into: folder.path + "/unpacked").paths)
            #expect(found.isPrefix && found.count == log.capture("all")?.written ?? -1, "\(log.text)")
        }

        @Test(
            "A full disk ends a segment after its last complete buffer, and every packet is counted",
            .enabled(if: Requirement.mount))
        func fullDisk() throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/all", size: "2m")
            let link = try VethPair("hfz0", "hfz1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures: { all: { interface: hfz1, compress: zstd, rotate: { size: 4MiB }, flush: 200ms } }
                """, in: folder.path)
            var sent: UInt64 = 0
            func send(_ count: UInt64, rate: Double) throws {
                try Generator(Zstd.frames, on: link.near, rate: rate).send(sent..<sent + count)
                sent += count
            }
            try send(8000, rate: 20_000)
            try daemon.wait(event: "suspended", capture: "all")
            let full = try Segments(in: disk.path)
            try Inspection.zstd(full.paths)
            let first = try FrameCheck(Zstd.frames, in: full.unpacked(into: folder.path + "/first").paths)
            #expect(first.isPrefix && first.count > 0)
            for path in full.paths { try FileManager.default.removeItem(atPath: path) }
            try eventually("it to resume") {
                try send(20, rate: 200)
                return daemon.log.events("resumed", capture: "all").count
                    == daemon.log.events("suspended", capture: "all").count
            }
            try send(100, rate: 1000)
            let log = try daemon.stop()

            let counts = try #require(log.capture("all"))
            print("ZSTD on a full disk: sent=\(sent) written=\(counts.written) disk_dropped=\(counts.diskDropped)")
            #expect(counts.diskDropped > 0 && counts.matched + log.ringDropped == Int(sent))
            let later = try Segments(in: disk.path)
            try Inspection.zstd(later.paths)
            let rest = try FrameCheck(Zstd.frames, in: later.unpacked(into: folder.path + "/later").paths)
            #expect(rest.mistakes.isEmpty && rest.last == sent - 1)
            #expect(Int(first.count + rest.count) == counts.written)
        }
    }
}
