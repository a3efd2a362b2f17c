import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// `keep` applies to all interfaces of a capture and across restarts, and affects no other files.
    @Suite struct Retention {
        private static let frames = FrameSequence(sizes: 200...200)

        @Test("A capture keeps at most a number of files, the newest, on two interfaces and across a restart")
        func files() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let (before, all) = try twoRuns("{ packets: 10 }", keep: "{ files: 4 }", folder.path)
            let after = try Segments(in: here)
            #expect(before.count == 4 && after.names.count == 4)
            #expect(Set(before).isDisjoint(with: after.names))
            #expect(Retention.areNewest(after.names, of: all))
            #expect(try Inspection.packetCounts(after.paths) == [10, 10, 10, 10])
        }

        @Test("A capture keeps at most a number of bytes, on two interfaces and across a restart")
        func size() throws {
            let folder = try TemporaryFolder()
            // A segment has 24 + 10 * 216 bytes, so seven of them fit in 16 KiB.
            let (_, all) = try twoRuns("{ packets: 10 }", keep: "{ size: 16KiB }", folder.path)
            let after = try Segments(in: folder.path + "/cap")
            #expect(after.sizes.reduce(0, +) <= 16 << 10)
            #expect(after.names.count == 7 && Retention.areNewest(after.names, of: all))
        }

        /// Whether the remaining segments are the newest sealed ones of each interface. Two writers seal
        /// independently, so across both interfaces the order of names is not exactly the order of sealing.
        private static func areNewest(_ names: [String], of all: [String]) -> Bool {
            let (left, every) = (
                Dictionary(grouping: names) { $0.prefix(8) }, Dictionary(grouping: all) { $0.prefix(8) }
            )
            return left.allSatisfy { interface, names in
                names.elementsEqual(every[interface]?.suffix(names.count) ?? [])
            }
        }

        @Test("Segments expire by age on a silent link")
        func age() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let link = try VethPair("hfk0", "hfk1")
            let daemon = try Daemon.capturing(
                "captures: { cap: { interface: hfk1, rotate: { packets: 10 }, keep: { age: 3s } } }", in: folder.path)
            try Generator(Retention.frames, on: link.near, rate: nil).send(0..<30)
            try daemon.wait(event: "sealed", times: 2)
            #expect(try !Segments(in: here).names.isEmpty)
            try eventually("the segments to go") { try Segments(in: here).names.count <= 1 }
            try daemon.stop()
        }

        @Test("Segments expire by age without an interface")
        func ageWithoutInterface() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let daemon: Daemon
            do {
                let link = try VethPair("hfk0", "hfk1")
                daemon = try Daemon.capturing(
                    "captures: { cap: { interface: hfk1, rotate: { packets: 10 }, keep: { age: 3s } } }",
                    in: folder.path)
                try Generator(Retention.frames, on: link.near, rate: nil).send(0..<30)
                try daemon.wait(event: "sealed", times: 2)
            }
            try daemon.waitForTapEnd(on: "hfk1")
            try eventually("the segments to go") { try Segments(in: here).names.isEmpty }
            try daemon.stop()
        }

        @Test("Foreign files, similar names and symbolic links are never touched")
        func foreign() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            try FileManager.default.createDirectory(atPath: here, withIntermediateDirectories: true)
            let target = folder.path + "/precious"
            let link = here + "/cap-hfk1-20200101T000000.000000Z.pcap"
            let foreign = [
                "notes.txt", "cap-hfk1-20200101T000001.00000Z.pcap", "cap-hfk1-20201301T000000.000000Z.pcap",
                "cap-hfk1-20200101T000002.000000Z.pcap.bak", "cap-hfk1-20200101T000003.000000Z.pcap.gz",
                "other-hfk1-20200101T000004.000000Z.pcap", "cap-20200101T000005.000000Z.pcap",
                "xcap-hfk1-20200101T000006.000000Z.pcap", "cap-hfk1-20200101T000007.000000z.pcap",
            ]
            for path in foreign.map({ here + "/" + $0 }) + [target] {
                try "mine".write(toFile: path, atomically: true, encoding: .utf8)
            }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
            // These names are exactly those of segments, of every kind. The daemon adopts the files, and they expire
            // first.
            let adopted = ["pcap", "pcapng", "pcap.zst", "pcapng.zst"].map {
                here + "/cap-gone0-20200101T000008.000000Z.\($0)"
            }
            for path in adopted { try "old".write(toFile: path, atomically: true, encoding: .utf8) }

            _ = try twoRuns("{ packets: 10 }", keep: "{ files: 1, size: 8KiB, age: 1h }", folder.path)
            for path in foreign.map({ here + "/" + $0 }) + [target, link] {
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine", "\(path)")
            }
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
            #expect(adopted.filter(FileManager.default.fileExists(atPath:)) == [])
        }

        /// Captures twice on two links. Returns the files after the first run, and every name that ever existed,
        /// oldest first.
        private func twoRuns(
            _ rotate: String, keep: String, _ folder: String
        ) throws -> (before: [String], all: [String]) {
            let first = try VethPair("hfk0", "hfk1")
            let second = try VethPair("hfm0", "hfm1")
            let configuration = "captures: { cap: { interface: 'hf?1', rotate: \(rotate), keep: \(keep) } }"
            var before: [String] = []
            var all: [String] = []
            for run in 0..<2 {
                let daemon = try Daemon.capturing(configuration, in: folder)
                for part in 0..<5 {
                    let start = UInt64(run * 50 + part * 10)
                    for link in [first.near, second.near] {
                        try Generator(Retention.frames, on: link, rate: nil).send(start..<start + 10)
                    }
                }
                let log = try daemon.stop()
                #expect(log.losses == 0)
                let sealed = log.events("sealed").compactMap { $0["file"]?.split(separator: "/").last.map(String.init) }
                all += sealed.sorted { $0.suffix(28) < $1.suffix(28) }
                if run == 0 { before = try Segments(in: folder + "/cap").names }
            }
            return (before.filter { all.contains($0) }, all)
        }
    }
}
