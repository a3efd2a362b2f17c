import BPF
import BasicContainers
import Capture
import Linux
import Pcap
import Rules
import Segments
import Settings
import Synthetic
import TestSupport
import Testing

@testable import Daemon

/// Which taps serve which captures.
@Suite("The planner of taps")
struct TapPlannerTests {
    private let eth0 = Interface(index: 2, name: "eth0", hardwareType: 1, isUp: true)

    private func rules(
        _ captures: String, filters: String = "", without others: Set<String> = []
    ) throws -> (rules: [TapRule], refused: [TapPlanner.RejectedCapture]) {
        let settings = try Settings.parse("\(filters)\ncaptures:\n\(captures)", file: "test.yaml")
        return try TapPlanner(settings: settings, interface: eth0, compilers: ControlPlane.compilers)
            .rules(without: others)
    }

    private func names(_ rules: [TapRule]) -> [[String]] { rules.map { $0.captures.map(\.rule.name) } }

    @Test("One tap serves every capture that wants the interface, except those that are served already")
    func shared() throws {
        let captures = """
              a: { interface: eth0, filter: u }
              b: { interface: "eth*", filter: t }
              c: { interface: eth1 }
              d: { interface: eth0 }
            """
        let filters = "filters: { u: udp, t: tcp }"
        #expect(try names(rules(captures, filters: filters).rules) == [["a", "b", "d"]])
        #expect(try names(rules(captures, filters: filters, without: ["a", "d"]).rules) == [["b"]])
        #expect(try rules(captures, filters: filters, without: ["a", "b", "d"]).rules.isEmpty)
    }

    @Test("A filter that reads what the ring does not report gets a tap of its own")
    func ownTap() throws {
        let folder = try TemporaryFolder()
        try folder.write("ld #mark\njeq #7, keep\nret #0\nkeep: ret #65535\n", to: "mark.bpf")
        let captures = """
              a: { interface: eth0, filter: u }
              b: { interface: eth0, filter: mark }
              c: { interface: eth0, filter: t }
            """
        let planned = try rules(
            captures, filters: "filters: { u: udp, t: tcp, mark: { program: \(folder.path)/mark.bpf } }")
        #expect(names(planned.rules) == [["a", "c"], ["b"]] && planned.refused.isEmpty)
    }

    @Test("Captures whose merged filter exceeds the kernel's limit are split over as few taps as fit")
    func split() throws {
        // Each filter compares a word with 1200 values, and the kernel takes 4096 instructions.
        let folder = try TemporaryFolder()
        var (captures, filters) = ("", "filters:\n")
        for capture in 0..<5 {
            let tests = (0..<1200).map { "jne #\(capture * 100_000 + $0 * 7), n\($0)\nret #65535\nn\($0): " }
            try folder.write("ld [26]\n\(tests.joined())ret #0\n", to: "\(capture).bpf")
            filters += "  f\(capture): { program: \(folder.path)/\(capture).bpf }\n"
            captures += "  c\(capture): { interface: eth0, filter: f\(capture) }\n"
        }
        let planned = try rules(captures, filters: filters)
        #expect(planned.rules.count > 1 && planned.rules.count < 5 && planned.refused.isEmpty)
        #expect(names(planned.rules).flatMap(\.self) == (0..<5).map { "c\($0)" })
    }

    @Test("A compiler that cannot be opened is the tap's error")
    func noCompiler() throws {
        let settings = try Settings.parse("captures: { a: { interface: eth0 } }", file: "test.yaml")
        let compilers = FilterCompilers { (_) throws(FilterError) in throw FilterError("libpcap cannot open eth0") }
        let planner = TapPlanner(settings: settings, interface: eth0, compilers: compilers)
        #expect(throws: TapError.self) { try planner.rules() }
    }
}

/// What a new tap leaves for the running ones.
@Suite("The allowance of taps")
struct TapAllowanceTests {
    private func rule(buffers: BufferGeometry, workers: Int = 1) throws -> TapRule {
        let rule = CaptureRule(
            name: "a", directory: "/captures/a", snapLength: 100, precision: .nano, rotation: Rotation(),
            retention: .everything, sync: .none, flush: 1, buffers: buffers)
        let plan = CapturePlan(
            rule: rule, filter: try VerifiedProgram(.acceptAll(length: 100)), promiscuous: false, direction: .both)
        return TapRule(
            interface: Interface(index: 2, name: "eth0", hardwareType: 1, isUp: true),
            ring: RingGeometry(size: 1 << 20, block: 1 << 16, timeout: 60, workers: workers), captures: [plan])
    }

    @Test("A tap that fits is allowed, and one that needs more descriptors than there are is not")
    func descriptors() throws {
        let rule = try rule(buffers: BufferGeometry(size: 1 << 16, count: 2))
        try TapAllowance.check(rule, beside: 0)
        try TapAllowance.check(rule.captures, on: rule.interface, beside: 0)
        let error = #expect(throws: TapError.self) { try TapAllowance.check(rule, beside: 1 << 30) }
        #expect("\(try #require(error))".contains("a tap on eth0"))
    }
}

/// Opening taps: all workers of a rule, or none.
@Suite("The opener of taps")
struct TapOpenerTests {
    private let syn0 = ControlPlane.interface("syn0", 90)

    private func opener(
        _ world: SyntheticWorld, in folder: TemporaryFolder, workers: Int = 1
    ) throws -> TapOpener {
        let settings = try Settings.parse(
            """
            directory: \(folder.path)
            ring: { size: 4MiB, block: 512KiB, workers: \(workers) }
            buffers: { size: 64KiB, count: 2 }
            captures: { a: { interface: syn0, snap-length: 1000 }, b: { interface: syn0, snap-length: 1000 } }
            """, file: "test.yaml")
        var retentions = SegmentCatalogs(report: { _ in })
        for rule in settings.captures.map(\.rule) {
            retentions.open(rule, found: Adoption(capture: rule.name, path: rule.directory, device: 0))
        }
        return TapOpener(
            settings: settings, retentions: retentions, compilers: ControlPlane.compilers, numbers: TapNumbers(),
            writers: 0, effects: world.effects, report: { world.tell(.capture($0)) })
    }

    @Test("Each worker gets a tap with a number of its own; captures that are served are left out")
    func workers() throws {
        let (world, folder) = (SyntheticWorld([syn0]), try TemporaryFolder())
        let outcome = try opener(world, in: folder, workers: 2).open(on: syn0, without: ["b"])
        let count = outcome.opened.count
        #expect(count == 1 && outcome.failure == nil && outcome.writers == 2)
        let names = outcome.opened[0].rule.captures.map(\.rule.name)
        let taps = outcome.opened[0].taps.count
        #expect(names == ["a"] && taps == 2 && world.kernels("syn0").count == 2)
    }

    @Test("If one worker cannot be opened, the others are dismissed")
    func none() throws {
        let (world, folder) = (SyntheticWorld([syn0]), try TemporaryFolder())
        world.fail([.ring], on: "syn0", after: 1)
        let outcome = try opener(world, in: folder, workers: 2).open(on: syn0, without: [])
        let (opened, dismissed) = (outcome.opened.count, outcome.dismissed.count)
        #expect(opened == 0 && dismissed == 1 && outcome.failure != nil)
    }

    @Test("An interface that is gone by now is no failure")
    func gone() throws {
        let (world, folder) = (SyntheticWorld([]), try TemporaryFolder())
        world.fail([.ring], on: "syn0")
        let outcome = try opener(world, in: folder).open(on: syn0, without: [])
        let opened = outcome.opened.count
        #expect(opened == 0 && outcome.failure == nil)
    }
}

/// Tasks on the daemon's own threads.
@Suite("The threads of tasks")
struct TaskThreadsTests {
    @Test("A task that a task waits for runs, too, however few threads there are")
    func nested() async throws {
        let threads = TaskThreads()
        try threads.start()
        let total = await Task(executorPreference: threads) {
            await withTaskGroup(of: Int.self) { group in
                for number in 1...20 { group.addTask { number } }
                return await group.reduce(0, +)
            }
        }.value
        #expect(total == 210)
    }

    @Test("Tasks run on them once they are started")
    func tasks() async throws {
        let threads = TaskThreads()
        try threads.start()
        let sum = await Task(executorPreference: threads) {
            var sum = 0
            for number in 1...100 {
                await Task.yield()
                sum += number
            }
            return sum
        }.value
        #expect(sum == 5050)
    }
}
