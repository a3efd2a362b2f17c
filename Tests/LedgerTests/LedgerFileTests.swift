import Control
import Foundation
import Linux
import Testing

@testable import Ledger

@Suite("Ledger files")
struct LedgerFileTests {
    private let folder = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString
    private static let now = Timestamp(nanosecondsSince1970: 1_800_000_000_000_000_000)

    private var path: String { folder + "/dns.ledger" }

    private func gap(_ number: Int, packets: UInt64? = 1, open: Bool = false) -> Gap {
        let from = LedgerFileTests.now.nanosecondsSince1970 + Int64(number) * 1_000_000_000
        return Gap(
            episode: "run-\(number)", cause: .ring, scope: .tap, interface: "eth0", worker: 0,
            from: Timestamp(nanosecondsSince1970: from), to: Timestamp(nanosecondsSince1970: from + 5),
            packets: packets, open: open)
    }

    private func file(rotationSize: Int64 = LedgerFile.rotationSize, at now: Timestamp = now) throws -> LedgerFile {
        try LedgerFile(of: "dns", in: folder, at: now, rotationSize: rotationSize)
    }

    private func append(_ lines: [LedgerLine], to file: inout LedgerFile, at now: Timestamp = now) throws {
        try file.append(lines, durably: true, at: now, oldestSegment: nil)
    }

    private func content(_ name: String = "dns.ledger") throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    @Test("Lines are JSON with the documented fields after a version line, and are read back unchanged")
    func roundTrip() throws {
        defer { remove() }
        var file = try file()
        let crash = Gap(
            episode: "run-9", cause: .crash, scope: .capture, from: LedgerFileTests.now, to: LedgerFileTests.now,
            packets: nil, open: false)
        let gone = RemovedSegment(time: LedgerFileTests.now, name: "dns-eth0-x.pcap", size: 7, reason: "age")
        try append([LedgerLine(gap(1, open: true), .begin), LedgerLine(crash, .end), LedgerLine(gone)], to: &file)
        let lines = try content().split(separator: "\n")
        #expect(lines.count == 4 && lines[0].contains(#""version":1"#) && lines[0].contains(#""capture":"dns""#))
        #expect(
            lines[1]
                == #"{"cause":"ring","episode":"run-1","event":"begin","from":"2027-01-15T08:00:01.000000000Z","#
                + #""interface":"eth0","packets":1,"scope":"tap","seq":1,"to":"2027-01-15T08:00:01.000000005Z","#
                + #""worker":0}"#
        )
        #expect(lines[2].contains(#""packets":null"#) && lines[2].contains(#""seq":2"#))
        let reader = try LedgerReader(of: "dns", in: folder)
        #expect(reader.notes == [] && reader.since == LedgerFileTests.now)
        #expect(reader.history.gaps == [gap(1, open: true), crash] && reader.history.removed == [gone])
    }

    @Test("Adoption truncates a last line that a crash cut short, keeps all earlier lines and continues their numbers")
    func tornLine() throws {
        defer { remove() }
        do {
            var file = try file()
            try append([LedgerLine(gap(1, open: true), .begin)], to: &file)
        }
        let whole = try content()
        for torn in [#"{"cause":"ri"#, "\0\0\0\0\0", "{"] {
            try (whole + torn).write(toFile: path, atomically: false, encoding: .utf8)
            let reader = try LedgerReader(of: "dns", in: folder)
            #expect(reader.history.gaps == [gap(1, open: true)] && reader.notes == [])
            var file = try file()
            #expect(file.found.open == [gap(1, open: true)] && file.found.seq == 1)
            #expect(try content() == whole)
            try append([LedgerLine(gap(1), .end)], to: &file)
            #expect(try content().hasSuffix("}\n") && LedgerReader(of: "dns", in: folder).history.gaps == [gap(1)])
            #expect(try LedgerReader(of: "dns", in: folder).history.seq == 2)
        }
    }

    @Test(
        "A file that a crash left empty, or with half a first line, is started again",
        arguments: ["", #"{"ledger":"hold"#])
    func emptyFile(content: String) throws {
        defer { remove() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try content.write(toFile: path, atomically: false, encoding: .utf8)
        var file = try file()
        #expect(file.found == LedgerHistory())
        try append([LedgerLine(gap(1), .end)], to: &file)
        #expect(try LedgerReader(of: "dns", in: folder).history.gaps == [gap(1)])
    }

    @Test("A file of a newer version, or one that is not a ledger, is reported and left unchanged")
    func newerVersion() throws {
        defer { remove() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let newer = #"{"ledger":"holdfast","version":2,"capture":"dns","begun":"later"}"# + "\n{}\nhalf"
        try newer.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: LedgerError.newer(path: path, version: 2)) { _ = try self.file() }
        #expect(try content() == newer)
        let reader = try LedgerReader(of: "dns", in: folder)
        #expect(reader.notes.count == 1 && reader.notes[0].contains("version 2"))
        try "a diary\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: LedgerError.foreign(path: path)) { _ = try self.file() }
        #expect(try content() == "a diary\n")
    }

    @Test("A ledger has only one writer")
    func locked() throws {
        defer { remove() }
        let first = try file()
        #expect(throws: LedgerError.inUse(path: path)) { _ = try self.file() }
        withExtendedLifetime(first) {}
    }

    @Test(
        "A file is rotated at its size limit, begins with the open episodes, and expires with its segments"
    )
    func rotation() throws {
        defer { remove() }
        var file = try file(rotationSize: 2000)
        try append([LedgerLine(gap(1, open: true), .begin)], to: &file)
        for number in 2..<60 { try append([LedgerLine(gap(number), .end)], to: &file) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names.contains("dns.ledger.1") && names.contains("dns.ledger.2") && names.count > 4)
        for name in names where name != "dns.ledger.1" {
            #expect(try content(name).split(separator: "\n")[1].contains(#""episode":"run-1""#), "\(name)")
        }
        let reader = try LedgerReader(of: "dns", in: folder)
        #expect(reader.history.gaps == [gap(1, open: true)] + (2..<60).map { gap($0) })
        #expect(reader.history.seq == 59)
        // The open episode is known for later times, too, although older files are not read.
        let day = LedgerFileTests.now.nanosecondsSince1970 + 86_400_000_000_000
        try file.append(
            (60..<70).map { LedgerLine(gap($0), .end) }, durably: true, at: Timestamp(nanosecondsSince1970: day),
            oldestSegment: nil
        )
        try file.append(
            [LedgerLine(gap(70), .end)], durably: true, at: Timestamp(nanosecondsSince1970: day), oldestSegment: nil)
        let late = try LedgerReader(of: "dns", in: folder, from: Timestamp(nanosecondsSince1970: day))
        #expect(late.history.gaps == [gap(1, open: true), gap(70)])
        // A hundred days later: while a segment of that age remains, and after it is removed.
        let later = Timestamp(
            nanosecondsSince1970: LedgerFileTests.now.nanosecondsSince1970 + 100 * LedgerFile.leastAge / 90)
        for (oldest, remain) in [(LedgerFileTests.now, true), (later, false)] {
            for round in 0..<2 {
                let lines = (0..<10).map { LedgerLine(gap(100 + round * 10 + $0), .end) }
                try file.append(lines, durably: false, at: later, oldestSegment: oldest)
            }
            #expect(FileManager.default.fileExists(atPath: folder + "/dns.ledger.1") == remain)
        }
        #expect(try LedgerReader(of: "dns", in: folder).history.open == [gap(1, open: true)])
    }

    @Test("A failed write leaves the file unchanged, and the lines can be written later")
    func refusal() throws {
        defer { remove() }
        var file = try file()
        try append([LedgerLine(gap(1), .end)], to: &file)
        let before = try content()
        // A resource limit of the process simulates a full disk: the write is cut short, then refused.
        let status = try Self.withFileSizeLimit(UInt64(before.utf8.count + 50)) {
            do {
                try self.append([LedgerLine(self.gap(2), .end)], to: &file)
                return "written"
            } catch { return "\(error)" }
        }
        #expect(status.contains("File too large"))
        #expect(try content() == before)
        try append([LedgerLine(gap(2), .end)], to: &file)
        #expect(try LedgerReader(of: "dns", in: folder).history.gaps == [gap(1), gap(2)])
    }

    private static func withFileSizeLimit(_ bytes: UInt64, _ body: () throws -> String) throws -> String {
        signal(SIGXFSZ, SIG_IGN)
        var before = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: before.rlim_max)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        defer { unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before) }
        return try body()
    }

    @Test("A deleted ledger is an error, and the next adoption creates another")
    func deleted() throws {
        defer { remove() }
        var file = try file()
        try FileManager.default.removeItem(atPath: folder)
        #expect(throws: SystemError.self) { try self.append([LedgerLine(self.gap(1), .end)], to: &file) }
        var next = try self.file()
        try append([LedgerLine(gap(1), .end)], to: &next)
        #expect(try LedgerReader(of: "dns", in: folder).history.gaps == [gap(1)])
    }

    @Test(
        "Only exact names of rotated files have a number",
        arguments: ["dns.ledger", "dns.ledger.0", "dns.ledger.01", "dns.ledger.1.gz", "x.ledger.1"])
    func names(name: String) {
        #expect(LedgerName.number(name, of: "dns") == nil)
        #expect(LedgerName.number("dns.ledger.12", of: "dns") == 12)
    }
}
