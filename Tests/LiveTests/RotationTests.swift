import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Where a segment ends, its name, and its mode.
    @Suite struct Rotation {
        private static let frames = FrameSequence([.udp, .tcp])

        // The filters differ, so there are two taps. A shared tap would not wait for a capture, and a burst fills more
        // segments than there are buffers.
        private static let configuration = """
            filters: { sent: udp or tcp }
            captures:
              count: { interface: hfr1, filter: sent, rotate: { packets: 100 }, precision: micro }
              size: { interface: hfr1, rotate: { size: 64KiB }, precision: nano, directory: DIRECTORY/deep/down }
            """

        @Test("Segments rotate by packets or size with correct names, times, modes; a restart overwrites nothing")
        func rotation() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfr0", "hfr1")
            let configuration = Rotation.configuration.replacingOccurrences(of: "DIRECTORY", with: folder.path)
            let (count, size) = (folder.path + "/count", folder.path + "/deep/down")
            var before: [String] = []
            for run in 0..<2 {
                let daemon = try Daemon.capturing(configuration, in: folder.path)
                let range = UInt64(run) * 1050..<UInt64(run + 1) * 1050
                try Generator(Rotation.frames, on: link.near, rate: 20_000).send(range)
                let log = try daemon.stop()
                #expect(log.losses == 0)

                let names = try Segments(in: count).names
                #expect(Array(names.prefix(before.count)) == before)
                let counts = try Inspection.packetCounts(names.dropFirst(before.count).map { count + "/" + $0 })
                #expect(counts == [Int](repeating: 100, count: 10) + [50])
                before = names
            }
            for path in [count, size] {
                let segments = try Segments(in: path)
                let found = try FrameCheck(Rotation.frames, in: segments.paths)
                #expect(found.isPrefix && found.count == 2100, "\(found.mistakes)")
                #expect(segments.parts.isEmpty)
                #expect(try mode(of: path) == 0o750)
                for (name, path) in zip(segments.names, segments.paths) {
                    #expect(try mode(of: path) == 0o640)
                    #expect(try name == expectedName(of: path))
                }
            }
            #expect(try mode(of: folder.path + "/deep") == 0o750)
            try checkSizes(Segments(in: size))
            #expect(try magic(Segments(in: count)) == [0xa1b2_c3d4])
            #expect(try magic(Segments(in: size)) == [0xa1b2_3c4d])
            #expect(try Segments(in: count).packets().allSatisfy { $0.nanoseconds % 1000 == 0 })
            #expect(try !Segments(in: size).packets().allSatisfy { $0.nanoseconds % 1000 == 0 })
        }

        /// Expects that no segment exceeds the limit, and that none ended although the next packet had room, except
        /// for the last segment of a run.
        private func checkSizes(_ segments: Segments) throws {
            #expect(segments.sizes.allSatisfy { $0 <= 64 << 10 })
            let first = try segments.paths.map { try Savefile($0).packets.first?.bytes.count ?? 0 }
            let tooEarly = (0..<segments.sizes.count - 1).count { segments.sizes[$0] + 16 + first[$0 + 1] <= 64 << 10 }
            #expect(tooEarly <= 1)
        }

        /// CAPTURE-INTERFACE-TIME.pcap, with the timestamp of the first packet.
        private func expectedName(of path: String) throws -> String {
            let first = try #require(try Savefile(path).packets.first)
            let capture = path.contains("/count/") ? "count" : "size"
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "UTC")
            format.dateFormat = "yyyyMMdd'T'HHmmss"
            let second = format.string(from: Date(timeIntervalSince1970: Double(first.seconds)))
            return "\(capture)-hfr1-\(second).\(String(format: "%06d", first.nanoseconds / 1000))Z.pcap"
        }

        private func magic(_ segments: Segments) throws -> Set<UInt32> {
            Set(
                try segments.paths.map { path in
                    try Data(contentsOf: URL(fileURLWithPath: path)).prefix(4).reversed().reduce(0) {
                        $0 << 8 | UInt32($1)
                    }
                })
        }
    }
}
