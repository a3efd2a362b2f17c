import Control
import Foundation
import Linux
import TestSupport
import Testing
import Traffic

extension Live {
    /// `holdfast files`, with and without a daemon.
    @Suite struct FilesCommand {
        /// A file in the output of `--json`.
        private struct File: Decodable {
            let capture, interface, path, state: String
            let bytes: Int64
            let packets: UInt64?
            let first: Timestamp
            let last: Timestamp?
        }

        private static func files(_ daemon: Daemon, _ options: String...) throws -> [File] {
            let arguments = ["files", "--json", "--socket", Daemon.socket(in: daemon.folder)] + options
            let output = try Command.check(Daemon.binaries + "/holdfast", arguments)
            return try Coding.decode([File].self, from: Array(output.utf8))
        }

        @Test("The open file is listed with the sealed ones, times select files, and paths are absolute")
        func list() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfi0", "hfi1")
            let daemon = try Daemon.capturing(
                """
                captures:
                  all: { interface: hfi1, format: pcapng, rotate: { packets: 100 }, flush: 50ms }
                  other: { interface: hfnone }
                """, in: folder.path)
            for start in [0, 100, 200] as [UInt64] {
                try Generator(FrameSequence(), on: link.near, rate: 5000).send(start..<start + (start < 200 ? 100 : 50))
            }
            var files: [File] = []
            try eventually("two sealed files, and what is flushed of an open one") {
                files = try FilesCommand.files(daemon)
                return files.map(\.packets) == [100, 100, 50]
            }
            #expect(files.map(\.state) == ["sealed", "sealed", "open"])
            #expect(files.allSatisfy { $0.path.hasPrefix(folder.path + "/all/all-hfi1-2") && $0.bytes > 0 })
            #expect(files.allSatisfy { $0.capture == "all" && $0.interface == "hfi1" })
            #expect(files[2].path.hasSuffix(".part") && files[2].last == nil)
            // An open file can be read.
            #expect(try Inspection.packetCounts([files[2].path]) == [50])

            let paths = files.map { $0.path + "\n" }
            #expect(try daemon.holdfast("files", "--paths").output == paths[0] + paths[1])
            #expect(try daemon.holdfast("files", "--paths", "--open").output == paths.joined())
            let table = try daemon.holdfast("files").output
            for file in files { #expect(table.contains(file.path)) }
            #expect(table.contains("3 segments, 1 open, "), "\(table)")

            let (last, second) = (try #require(files[0].last), files[1].first)
            func chosen(_ options: String...) throws -> [String] {
                try Command.check(
                    Daemon.binaries + "/holdfast",
                    ["files", "--paths", "--open", "--socket", Daemon.socket(in: folder.path)] + options
                ).split(separator: "\n").map { $0 + "\n" }
            }
            #expect(
                try chosen("--since", "\(Timestamp(nanosecondsSince1970: last.nanosecondsSince1970 + 1))")
                    == Array(paths[1...]))
            #expect(try chosen("--since", "\(last)") == paths)
            #expect(try chosen("--until", "\(second)") == [paths[0]])
            #expect(try chosen("--since", "1h", "other") == [])
            #expect(try chosen("--since", "10min", "--until", "now") == paths)
            #expect(try chosen("--until", "yesterday") == [])
            #expect(try daemon.holdfast("files", "--since", "noon").status == 64)
            try daemon.stop()
        }

        @Test("In a narrow terminal, file names are below their directory, and omitted columns are named")
        func narrow() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfi0", "hfi1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfi1, rotate: { packets: 10 } } }", in: folder.path)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<25)
            var names: [String] = []
            try eventually("two files") {
                names = try Segments(in: folder.path + "/all").names
                return names.count == 2
            }
            let output = try Command.check(
                "env",
                ["COLUMNS=80", Daemon.binaries + "/holdfast", "files", "--socket", Daemon.socket(in: folder.path)])
            let lines = output.split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("/") }, "\(output)")
            #expect(
                lines.first == "\(folder.path)/all" && output.contains("not shown in 80 columns: LAST PACKET (UTC)"))
            #expect(names.allSatisfy { output.contains("  \($0)\n") }, "\(output)")
            try daemon.stop()
        }

        @Test("Files of captures that are not configured are listed, and no other file is")
        func orphans() async throws {
            let folder = try TemporaryFolder()
            let time = "20200101T000000.000000Z"
            let orphans = [
                "gone/gone-eth0-\(time).pcap", "all/other-br-1a2b-\(time).pcapng.zst", "all/al-eth0-\(time).pcap.part",
                "loose-eth0-\(time).pcap", "all-int/all-eth0-\(time).pcap",
            ]
            let others = [
                "all/all-eth0-\(time).pcap", "all/notes.txt", "all-int/all-int-eth0-\(time).pcap",
                "gone/gone-eth0.pcap",
            ]
            for name in orphans + others {
                let path = folder.path + "/" + name
                try FileManager.default.createDirectory(
                    atPath: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]),
                    withIntermediateDirectories: true)
                try "x".write(toFile: path, atomically: true, encoding: .utf8)
            }
            let captures = "captures: { all: { interface: hfnone }, all-int: { interface: hfnone } }"
            let daemon = try Daemon.capturing(captures, in: folder.path)
            let expected = orphans.map { folder.path + "/" + $0 }.sorted()
            let running = try daemon.holdfast("files", "--orphans", "--paths", "--open")
            #expect(running.output.split(separator: "\n").map(String.init).sorted() == expected, "\(running)")
            let listed = try FilesCommand.files(daemon, "--orphans")
            #expect(listed.map(\.path).sorted() == expected)
            #expect(listed.first { $0.path == expected.last }?.capture == "loose")
            try daemon.stopIdle()

            // Without a daemon, the command reads the configuration.
            let file = folder.path + "/holdfast.yaml"
            try Daemon.text(captures, in: folder.path).write(toFile: file, atomically: true, encoding: .utf8)
            let idle = try Command.run(
                Daemon.binaries + "/holdfast", ["files", "--orphans", "--paths", "--open", "--config", file])
            #expect(idle.output.split(separator: "\n").map(String.init).sorted() == expected, "\(idle)")
        }

        @Test("Without a daemon, the configuration gives the directories, and a missing directory is reported")
        func missing() throws {
            let folder = try TemporaryFolder()
            let file = folder.path + "/holdfast.yaml"
            try "directory: captures\ncaptures: { one: { interface: lo }, two: { interface: lo } }\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.createDirectory(
                atPath: folder.path + "/captures/two", withIntermediateDirectories: true)
            let name = "two-lo-20200101T000000.000000Z.pcap"
            try "x".write(toFile: folder.path + "/captures/two/" + name, atomically: true, encoding: .utf8)
            let result = try Command.run(
                "sh",
                ["-c", "cd \(folder.path) && exec \(Daemon.binaries)/holdfast files --paths --config holdfast.yaml"])
            let here = try Command.check("sh", ["-c", "cd \(folder.path) && pwd -P"]).split(separator: "\n")[0]
            #expect(result.status == 0 && result.output == "\(here)/captures/two/\(name)\n", "\(result)")
            #expect(result.errors.contains("capture one has no directory \(here)/captures/one"), "\(result.errors)")
        }
    }
}
