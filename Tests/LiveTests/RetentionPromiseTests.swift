import Control
import Foundation
import Glibc
import TestSupport
import Testing
import Traffic

extension Live {
    /// Retention never removes segments that it should keep, and reports what it removes.
    @Suite struct RetentionPromises {
        private static let frames = FrameSequence(sizes: 200...200)

        /// Creates empty files with the names of segments of `capture`, one second apart, from `year` on.
        @discardableResult
        private func segments(_ count: Int, of capture: String, in folder: String, year: Int = 2020) throws -> [String]
        {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try (0..<count).map { number in
                let name = "\(capture)-hfk1-\(year)0101T0000\(number < 10 ? "0" : "")\(number).000000Z.pcap"
                try Data().write(to: URL(filePath: folder + "/" + name))
                return name
            }
        }

        /// Removals of the only capture by reason, without zeros.
        private func removed(_ daemon: Daemon) async throws -> [String: UInt64] {
            let removed = try await daemon.client.status().captures[0].storage.removed
            return Dictionary(uniqueKeysWithValues: removed.map { ($0.reason, $0.segments) }).filter { $0.value > 0 }
        }

        @Test("Segments named in the future are reported and never cause the removal of new segments")
        func future() async throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let old = try segments(5, of: "cap", in: here, year: 2037)
            let link = try VethPair("hfk0", "hfk1")
            let daemon = try Daemon.capturing(
                """
                captures:
                  cap: { interface: hfk1, flush: 50ms, rotate: { packets: 1 }, keep: { files: 5, age: 1d } }
                """, in: folder.path)
            #expect(daemon.log.events("misdated", capture: "cap").map { $0["cause"] } == [here])
            #expect(try await daemon.client.status().captures[0].storage.misdated == 5)
            let generator = Generator(RetentionPromises.frames, on: link.near, rate: nil)
            for frame in UInt64(0)..<4 { try generator.send(frame..<frame + 1) }
            // The last segment stays open.
            try daemon.wait(event: "sealed", times: 3)
            try daemon.wait(event: "removed", capture: "cap", times: 3)
            #expect(try await removed(daemon) == ["files": 3])
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let left = try Segments(in: here)
            #expect(left.names.count == 5 && left.names.last == old[4])
            #expect(try Inspection.packetCounts(Array(left.paths.dropLast())) == [1, 1, 1, 1])
        }

        @Test("A smaller 'keep' applies at once on a quiet link")
        func quietLink() async throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let old = try segments(50, of: "cap", in: here)
            let link = try VethPair("hfk0", "hfk1")
            func configuration(_ files: Int) -> String {
                "captures: { cap: { interface: hfk1, keep: { files: \(files) } } }"
            }
            let daemon = try Daemon.capturing(configuration(50), in: folder.path)
            try daemon.reload(configuration(3))
            try eventually("the segments to go") { try Segments(in: here).names == Array(old.suffix(3)) }
            #expect(try await removed(daemon) == ["files": 47])
            withExtendedLifetime(link) {}
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("A smaller 'keep' applies without an interface at a start and after a reload")
        func noInterface() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let old = try segments(20, of: "cap", in: here)
            func configuration(_ files: Int) -> String {
                "captures: { cap: { interface: hfnone, keep: { files: \(files) } } }"
            }
            let daemon = try Daemon.capturing(configuration(10), in: folder.path)
            try eventually("the segments to go") { try Segments(in: here).names == Array(old.suffix(10)) }
            try daemon.reload(configuration(2))
            try eventually("more of them to go") { try Segments(in: here).names == Array(old.suffix(2)) }
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("Without an interface, a failed removal is tried again")
        func triedAgain() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let old = try segments(5, of: "cap", in: here)
            let daemon = try Daemon.capturing(
                "captures: { cap: { interface: hfnone, keep: { files: 5 } } }", in: folder.path)
            // A file replaces the directory.
            try FileManager.default.moveItem(atPath: here, toPath: here + ".away")
            try Data().write(to: URL(filePath: here))
            try daemon.configure("captures: { cap: { interface: hfnone, keep: { files: 2 } } }")
            daemon.send(SIGHUP)
            try daemon.wait(event: "retention", capture: "cap")
            try FileManager.default.removeItem(atPath: here)
            try FileManager.default.moveItem(atPath: here + ".away", toPath: here)
            try eventually("the segments to go") { try Segments(in: here).names == Array(old.suffix(2)) }
            #expect(daemon.log.events("retention").count == 1)
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("A capture leaves the segments of a capture with a longer name alone and reports them")
        func longerName() async throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/data"
            let others = try segments(5, of: "dns-int", in: here)
            let own = try segments(5, of: "dns", in: here)
            try Data().write(to: URL(filePath: here + "/dns-int.ledger"))
            let daemon = try Daemon.capturing(
                "captures: { dns: { interface: hfnone, directory: \(here), keep: { files: 2 } } }", in: folder.path)
            try eventually("the segments to go") { try Segments(in: here).names.count == 7 }
            #expect(Set(try Segments(in: here).names) == Set(others + own.suffix(2)))
            #expect(daemon.log.events("orphans", capture: "dns").map { $0["cause"] } == [here])
            let storage = try await daemon.client.status().captures[0].storage
            #expect(storage.orphans.map(\.capture) == ["dns-int"] && storage.orphans.map(\.segments) == [5])
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("Segments of a capture that a reload removes are reported")
        func dropped() throws {
            let folder = try TemporaryFolder()
            try segments(3, of: "gone", in: folder.path + "/gone")
            let daemon = try Daemon.capturing(
                "captures: { gone: { interface: hfnone }, stays: { interface: hfnone } }", in: folder.path)
            try daemon.reload("captures: { stays: { interface: hfnone } }")
            let dropped = try daemon.wait(event: "orphans", capture: "gone")
            #expect(dropped["cause"] == folder.path + "/gone" && dropped.message.contains("segments=3 bytes=0"))
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("The free-space reserve counts inodes like bytes", .enabled(if: Requirement.mount))
        func inodes() async throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/disk", size: "50m,nr_inodes=30")
            let here = disk.path + "/cap"
            let link = try VethPair("hfk0", "hfk1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                captures:
                  cap:
                    { interface: hfk1, directory: \(here), flush: 50ms, rotate: { packets: 1 }, keep: { files: 1000 } }
                """, in: folder.path)
            try Generator(RetentionPromises.frames, on: link.near, rate: 200).send(0..<60)
            try daemon.wait(event: "sealed", times: 59)
            #expect(try #require(await removed(daemon)["inodes"]) >= 32)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.events("removed").contains { $0["cause"] == "inodes" })
            let left = try Segments(in: here)
            #expect((20...28).contains(left.names.count) && left.parts.isEmpty)
            #expect(try FrameCheck(RetentionPromises.frames, in: left.paths).last == 59)
        }

        @Test("A capture that keeps everything reports a lack of inodes", .enabled(if: Requirement.mount))
        func noInodes() throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/disk", size: "50m,nr_inodes=10")
            let link = try VethPair("hfk0", "hfk1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                captures: { cap: { interface: hfk1, directory: \(disk.path)/cap, flush: 50ms, rotate: { packets: 1 } } }
                """, in: folder.path)
            try Generator(RetentionPromises.frames, on: link.near, rate: 200).send(0..<20)
            let suspended = try daemon.wait(event: "suspended", capture: "cap")
            #expect(suspended.message.contains("no free inode"), "\(suspended.message)")
            let log = try daemon.stop()
            let counts = try #require(log.capture("cap"))
            #expect(counts.matched == 20 && counts.diskDropped > 0)
            let left = try Segments(in: disk.path + "/cap")
            #expect(left.names.count == counts.written && left.parts.isEmpty)
        }

        @Test("A second daemon on the same directory prints a warning and repairs nothing there")
        func twoDaemons() throws {
            let folder = try TemporaryFolder()
            let other = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let capture = "cap: { interface: hfk1, directory: \(folder.path)/cap, flush: 50ms }"
            let first = try Daemon.capturing("captures: { \(capture) }", in: folder.path)
            try Generator(RetentionPromises.frames, on: link.near, rate: nil).send(0..<10)
            try eventually("an open segment") { try Segments(in: folder.path + "/cap").parts.count == 1 }
            let second = try Daemon.capturing("captures: { \(capture) }", in: other.path)
            let shared = try second.wait(event: "shared", capture: "cap")
            #expect(shared["cause"] == folder.path + "/cap")
            try Generator(RetentionPromises.frames, on: link.near, rate: nil).send(10..<20)
            #expect(try second.stop().losses == 0)
            #expect(try first.stop().losses == 0)
            #expect(try Inspection.packetCounts(Segments(in: folder.path + "/cap").paths).sorted() == [10, 20])
        }

        @Test(
            "A dry run of a reload prints which segments 'keep' would expire, and changes nothing",
            .enabled(if: Requirement.curl))
        func dryRun() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            for name in try segments(10, of: "cap", in: here) {
                try Data(count: 1000).write(to: URL(filePath: here + "/" + name))
            }
            let daemon = try Daemon.capturing(
                "captures: { cap: { interface: hfnone }, gone: { interface: hfnone } }", in: folder.path)
            try daemon.configure(
                "captures: { cap: { interface: hfnone, keep: { files: 4 } }, new: { interface: hfnone } }")
            let run = try daemon.holdfast("reload", "--dry-run")
            #expect(run.status == 0, "\(run)")
            for words in [
                "start: new\n", "stop: gone\n",
                "capture cap: keep removes 6 of 10 segments, 5.9 KiB (keep.files); at the current",
            ] { #expect(run.output.contains(words), "\(run.output)") }
            let socket = Daemon.socket(in: folder.path)
            let api = try OpenAPI()
            let answer = try Curl.ask(socket, "POST", "/v1/reload?dry-run=true")
            #expect(answer.status == 200 && answer.body.contains("\"removed\":6"), "\(answer.body)")
            #expect(try api.complaints(about: answer, to: "post", "/v1/reload") == [])
            #expect(try Curl.ask(socket, "POST", "/v1/reload?dry-run=perhaps").status == 400)
            try daemon.configure("captures: { cap: { interface: } }")
            #expect(try daemon.holdfast("reload", "--dry-run").status == 78)
            #expect(try Segments(in: here).names.count == 10 && daemon.log.events("reloaded").isEmpty)
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("The command 'check' prints what 'keep' expires, how far back it reaches, and probable mistakes")
        func check() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            for name in try segments(10, of: "cap", in: here) {
                try Data(count: 1000).write(to: URL(filePath: here + "/" + name))
            }
            let file = folder.path + "/configuration.yaml"
            func check(_ keep: String) throws -> Command.Result {
                try "directory: \(folder.path)\ncaptures: { cap: { interface: hfnone, keep: \(keep) } }".write(
                    toFile: file, atomically: true, encoding: .utf8)
                return try Command.run(Daemon.binaries + "/holdfast", ["check", file])
            }
            let run = try check("{ files: 4 }")
            #expect(run.status == 0 && run.errors == "")
            #expect(run.output.contains("keep removes 6 of 10 segments, 5.9 KiB (keep.files)"), "\(run.output)")
            #expect(run.output.contains("at the current rate of 1.0 kB/s, it retains 4 s"), "\(run.output)")
            let small = try check("{ size: 100MiB }")
            #expect(small.status == 0 && small.output.contains("keep removes none of 10 segments"))
            #expect(small.errors.hasPrefix("\(file):2:") && small.errors.contains(": warning: 'keep.size' (100MiB)"))
            #expect(try Segments(in: here).names.count == 10)
        }
    }
}
