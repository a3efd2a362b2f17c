import Foundation
import Linux
import Logging
import Settings
import Testing

@testable import Daemon

/// The log's queue with readers that stall.
struct LogQueueTests {
    private static let longWait: UInt64 = 30_000_000_000

    @Test("A pipe that is not read delays no caller, and lines that find no room are dropped, counted and reported")
    func stalledPipe() throws {
        var ends: [CInt] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let queue = LogQueue(LogSink(form: .plain, descriptor: ends[1]))
        try queue.start()
        // More than pipe and queue hold. Without a queue this would block.
        let count = 20_000
        for number in 0..<count { queue.add(LogLine(.info, "line \(number) " + String(repeating: "x", count: 100))) }
        let dropped = Int(queue.dropped)
        #expect(dropped > 0 && dropped < count)

        let reader = LineReader(ends[0])
        let lines = reader.lines { $0.hasPrefix("dropped ") }
        #expect(lines.count == count - dropped + 1)
        #expect(lines.last == "dropped \(dropped) log lines: the log's reader was too slow")
        #expect(lines.dropLast().enumerated().allSatisfy { $1.hasPrefix("line \($0) ") })
        // The reader accepts lines again.
        queue.add(LogLine(.info, "later"))
        #expect(reader.lines { $0 == "later" } == ["later"])
        queue.flush(within: LogQueueTests.longWait)
    }

    @Test("The form changes with the next line, also to and from JSON")
    func form() throws {
        var ends: [CInt] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let queue = LogQueue(LogSink(form: .plain, descriptor: ends[1]))
        for (form, text) in [(LogForm.json, "one"), (.auto, "two"), (.json, "last")] {
            queue.use(form)
            queue.add(LogLine(.notice, text, .about(.sealed, capture: "all", ["packets": 3])))
        }
        let lines = LineReader(ends[0]).lines { $0.contains("last") }
        #expect(lines.count == 3 && lines[1] == "two")
        let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
        #expect(object?["event"] as? String == "sealed" && object?["packets"] as? Int == 3)
    }

    @Test("Before the thread starts, a full pipe delays no caller, and a flush ends in time")
    func withoutThread() throws {
        var ends: [CInt] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let queue = LogQueue(LogSink(form: .plain, descriptor: ends[1]))
        for number in 0..<2000 { queue.add(LogLine(.info, "line \(number) " + String(repeating: "x", count: 100))) }
        let began = Clock.monotonic()
        queue.flush(within: 100_000_000)
        #expect(Clock.monotonic() - began >= 100_000_000)
        #expect(queue.dropped == 0)
        try queue.start()
        let lines = LineReader(ends[0]).lines { $0.hasPrefix("line 1999 ") }
        #expect(lines.count == 2000)
    }

    @Test("A journal that does not read delays no caller, and gets every line once it reads")
    func stalledJournal() throws {
        let path = FileManager.default.temporaryDirectory.path + "/holdfast-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let journal = try JournalSocket(path)
        let queue = LogQueue(LogSink(form: .plain, descriptor: -1, journal: try DatagramSocket(to: path)))
        try queue.start()
        let count = 4000
        for number in 0..<count {
            queue.add(LogLine(.notice, "line \(number)", .about(.sealed, capture: "all", ["packets": number])))
        }
        let dropped = Int(queue.dropped)
        let first = journal.receive()
        #expect(first.contains("MESSAGE=line 0\nPRIORITY=5\nSYSLOG_IDENTIFIER=holdfastd\n"))
        for field in ["EVENT=sealed", "CAPTURE=all", "PACKETS=0"] { #expect(first.contains("HOLDFAST_\(field)\n")) }
        // Lines about one capture are limited: sixty lines, and the summary at the flush.
        var entries = 1
        while entries < 60 { if journal.receive().contains("HOLDFAST_EVENT=sealed\n") { entries += 1 } }
        queue.flush(within: LogQueueTests.longWait)
        #expect(journal.receive().contains("HOLDFAST_LINES=\(count - 60)\n") && dropped == 0)
    }

    @Test("Each form has its fields: time and level for a file, none for a terminal, all for JSON, on one line")
    func forms() throws {
        var line = LogLine(
            .warning, "interface \u{1b}[31m\nR is gone",
            .about(.gone, interface: "\u{1b}[31m\nR", ["packets": UInt64.max, "file": "/a \"b\"\\c"]))
        line.time = 1_794_996_085_123_456_789
        #expect(line.plain == "interface \\x1b[31m | R is gone\n")
        #expect(line.timed == "2026-11-18T10:01:25.123456Z warning: interface \\x1b[31m | R is gone\n")
        #expect(line.prioritized == "<4>interface \\x1b[31m | R is gone\n")
        #expect(line.journalEntry.split(separator: "\n").count == 7)
        let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any]
        #expect(object?["message"] as? String == "interface \u{1b}[31m\nR is gone")
        #expect(object?["interface"] as? String == "\u{1b}[31m\nR" && object?["event"] as? String == "gone")
        #expect(object?["file"] as? String == "/a \"b\"\\c" && object?["level"] as? String == "warning")
        #expect((object?["packets"] as? NSNumber)?.uint64Value == .max)
        #expect(line.json.split(separator: "\n").count == 1 && line.json.hasSuffix("}\n"))
    }
}

/// Reads lines from a pipe.
private final class LineReader {
    private let descriptor: CInt
    private var rest = ""

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// The lines up to the first for which `isLast` is true.
    func lines(until isLast: (String) -> Bool) -> [String] {
        var (lines, bytes) = ([String](), [UInt8](repeating: 0, count: 65536))
        while true {
            while let end = rest.firstIndex(of: "\n") {
                lines.append(String(rest[..<end]))
                rest = String(rest[rest.index(after: end)...])
                if isLast(lines[lines.count - 1]) { return lines }
            }
            let count = unsafe read(descriptor, &bytes, bytes.count)
            if count <= 0 { return lines }
            rest += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }
}

/// A socket like that of journald.
private final class JournalSocket {
    private let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)

    init(_ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// Waits for the next entry.
    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
