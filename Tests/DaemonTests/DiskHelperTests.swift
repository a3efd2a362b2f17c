import Capture
import Foundation
import Linux
import Segments
import SystemPackage
import Testing
import Traffic

@testable import Daemon

@Suite("The disk helper process", .serialized)
struct DiskHelperTests {
    private static let second: UInt64 = 1_000_000_000
    /// The daemon's program, which the build puts beside the test runner.
    private static let program =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/holdfastd"
    private let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString
    private let events = Monitor<[String]>([])
    /// Helpers of other tests.
    private let others: Set<Int32>

    init() throws { others = Set(try DiskHelperTests.helpers()) }

    /// Waits until everything in `wanted` has been reported; returns what is missing after a generous time.
    private func missing(_ wanted: [String]) -> Set<String> {
        let wanted = Set(wanted)
        let deadline = Clock.monotonic() + 60 * DiskHelperTests.second
        let all = events.wait(until: deadline) { wanted.isSubset(of: $0) ? Set<String>() : nil }
        return all ?? wanted.subtracting(reported)
    }

    /// Every report so far.
    private var reported: [String] { events.wait(until: 0) { $0 } ?? [] }

    /// The reports of adopting directories without segments.
    private func found(_ captures: [String]) -> [String] { captures.map { "\($0): 0 segments of \(path)/\($0)" } }

    private func helper(silence: UInt64 = 10 * second) throws -> DiskHelper {
        try DiskHelper(program: DiskHelperTests.program, silence: silence)
    }

    private func adopt(_ captures: [String], in folder: String, with helper: DiskHelper) {
        Adopter(helper: helper).adopt(
            captures.map { ($0, "\(folder)/\($0)") }, configured: captures, freeSpace: 0
        ) { [events] event in
            let text =
                switch event {
                case .noAnswer(let capture, _, _): "\(capture): no answer"
                case .adopted(let found): "\(found.capture): \(found.segments.count) segments of \(found.path)"
                case .failed(let capture, _, let error): "\(capture): \(error)"
                }
            events.update { $0.append(text) }
        }
    }

    @Test("Directories are created, and their segments are found")
    func adoption() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path + "/b", withIntermediateDirectories: true)
        for second in 1...3 {
            try Data(count: second).write(to: URL(filePath: "\(path)/b/b-eth0-20260101T00000\(second).000000Z.pcap"))
        }
        try Data().write(to: URL(filePath: path + "/c"))
        let helper = try helper()
        adopt(["a", "b", "c"], in: path, with: helper)
        let wanted =
            found(["a"]) + [
                "b: 3 segments of \(path)/b", "c: cannot open the directory \(path)/c: Not a directory",
            ]
        #expect(missing(wanted) == [], "\(reported)")
        #expect(FileManager.default.fileExists(atPath: path + "/a"))
    }

    @Test("The result of an adoption survives the transfer between processes")
    func wire() throws {
        let name = SegmentName(
            capture: "a-b", interface: "br-1-2", start: Timestamp(seconds: 1_800_000_000, nanoseconds: 5000))
        let found = Adoption(
            capture: "a-b", path: "/mnt/\"ü\n", device: .max,
            segments: [Adoption.Sealed(name: name, size: 1 << 40, changed: 1_800_000_001)],
            repairs: [], openElsewhere: 2,
            others: [Adoption.Others(capture: "a", segments: 3, bytes: 4)])
        let line = try DiskMessage(number: 7, content: DiskOutcome.adopted(found)).line
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        let message = try DiskMessage<DiskOutcome>(line: line)
        guard case .adopted(found) = message.content else { return #expect(Bool(false), "\(message)") }
        #expect(message.number == 7)
    }

    @Test("A killed helper is replaced, and no finished job runs again")
    func killed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let helper = try helper()
        adopt(["a"], in: path, with: helper)
        #expect(missing(found(["a"])) == [])
        let before = try #require(children().first)
        kill(before, SIGKILL)
        adopt(["b"], in: path, with: helper)
        #expect(missing(found(["b"])) == [])
        #expect(reported.filter { $0.contains("segments") }.count == 2)
        #expect(try children() != [before])
    }

    @Test("A helper that does not respond is replaced and stays behind")
    func stopped() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let helper = try helper(silence: DiskHelperTests.second / 2)
        adopt(["a"], in: path, with: helper)
        #expect(missing(found(["a"])) == [])
        kill(try #require(children().first), SIGSTOP)
        adopt(["b"], in: path, with: helper)
        #expect(missing(found(["b"]) + ["b: no answer"]) == [], "\(reported)")
    }

    @Test("If no helper can be started, every job fails with the reason")
    func missing() throws {
        let helper = try DiskHelper(program: path + "/holdfastd", silence: 10 * DiskHelperTests.second)
        adopt(["a"], in: path, with: helper)
        #expect(missing(["a: cannot start \(path)/holdfastd: No such file or directory"]) == [], "\(reported)")
    }

    @Test("A job that ends two helpers fails, and the next job gets a helper again")
    func poisoned() throws {
        // A program that ends at once.
        let helper = try DiskHelper(program: "/bin/true", silence: 10 * DiskHelperTests.second)
        for capture in ["a", "b"] {
            adopt([capture], in: path, with: helper)
            let error = SystemError(
                "access", "\(path)/\(capture)", .ioError,
                advice: "the disk helper exited for the second time")
            #expect(missing(["\(capture): \(error)"]) == [], "\(reported)")
        }
    }

    @Test("The helper has no capability, and no descriptor of the daemon except its output")
    func rights() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let helper = try helper()
        adopt(["a"], in: path, with: helper)
        #expect(missing(found(["a"])) == [])
        let process = try #require(children().first)
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        for set in ["CapPrm", "CapEff", "CapAmb"] {
            #expect(status.contains("\(set):\t0000000000000000\n"))
        }
        #expect(status.contains("NoNewPrivs:\t1\n"))
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").sorted()
        #expect(Set(open).isSubset(of: ["0", "1", "2"]), "\(open)")
    }

    @Test(
        "A disk that answers is not delayed by two silent ones, which are reported and adopted when they answer",
        .enabled(if: geteuid() == 0 && SilentFileSystem.isPossible()))
    func silent() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var disks = try ["a", "b"].map { try SilentFileSystem("\(path)/\($0)") }
        let helper = try helper(silence: 3 * DiskHelperTests.second)
        // Hundreds of directories without an answer, before and behind those with one.
        let names = (0..<100).flatMap { ["a/\($0)", "b/\($0)"] }
        adopt(names + ["c", "d"] + names.map { $0 + "x" }, in: path, with: helper)
        #expect(missing(found(["c", "d"])) == [])
        #expect(missing((names + names.map { $0 + "x" }).map { $0 + ": no answer" }) == [])
        #expect(reported.filter { $0.contains("segments") }.count == 2)
        // The kernel blocks some of its threads, and it still responds.
        #expect(disks.allSatisfy { $0.unanswered > 0 })
        adopt(["e"], in: path, with: helper)
        #expect(missing(found(["e"])) == [])
        disks = []
        let answered = events.wait(until: Clock.monotonic() + 60 * DiskHelperTests.second) { events -> Bool? in
            events.filter { !$0.hasSuffix("no answer") }.count == 403 ? true : nil
        }
        #expect(answered == true, "\(reported)")
    }

    @Test(
        "A helper that a disk blocks stays behind at the end, and nothing waits for it",
        .enabled(if: geteuid() == 0 && SilentFileSystem.isPossible()))
    func leftBehind() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let disk = try SilentFileSystem("\(path)/a")
        do {
            let helper = try helper(silence: DiskHelperTests.second / 2)
            adopt(["a/b"], in: path, with: helper)
            #expect(missing(["a/b: no answer"]) == [])
        }
        #expect(disk.unanswered > 0)
    }

    @Test("Files are removed, and the free space is reported")
    func files() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path + "/folder", withIntermediateDirectories: true)
        try Data(count: 1).write(to: URL(filePath: path + "/file"))
        let helper = try helper()
        for isThere in [true, false] {
            guard case .removed(isThere) = try helper.ask(.remove(file: "file", directory: path)) else {
                return #expect(Bool(false))
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path + "/file"))
        guard case .free(let bytes) = try helper.ask(.freeSpace(directory: path)) else { return #expect(Bool(false)) }
        #expect(bytes > 0)
        let error = #expect(throws: SystemError.self) { try helper.ask(.freeSpace(directory: path + "/gone")) }
        #expect(error?.errno == .noSuchFileOrDirectory)
    }

    @Test("At the start directories are created before the privilege drop, and failures are reported")
    func start() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: path + "/file"))
        let failures = try StartDirectories.make(
            ["\(path)/a/b", "\(path)/file/c"], for: nil, program: DiskHelperTests.program)
        #expect(FileManager.default.fileExists(atPath: path + "/a/b"))
        guard failures.count == 1, case .refused(let error)? = failures["\(path)/file/c"] else {
            return #expect(Bool(false), "\(failures)")
        }
        #expect(error.errno == .notDirectory)
    }

    /// The helpers of this test.
    private func children() throws -> [Int32] { try DiskHelperTests.helpers().filter { !others.contains($0) } }

    /// The helpers of this process.
    private static func helpers() throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
            .compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/children", encoding: .utf8) }
            .flatMap { $0.split(separator: " ").compactMap { Int32($0) } }
            .filter {
                let words = try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)
                return words?.contains(DiskHelperLoop.argument) == true
            }
    }
}
