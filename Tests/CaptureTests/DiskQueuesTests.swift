import Linux
import Synchronization
import SystemPackage
import Testing

@testable import Capture

@Suite("Disk work with one queue per device")
struct DiskQueuesTests {
    private static let second: UInt64 = 1_000_000_000
    private let queues = DiskQueues()
    private let done = Monitor<[String]>([])

    /// Waits until `count` jobs have run.
    private func notes(_ count: Int) -> [String]? {
        done.wait(until: Clock.monotonic() + 20 * DiskQueuesTests.second) { $0.count >= count ? $0 : nil }
    }

    private func note(_ name: String) -> @Sendable () -> Void {
        { [done] in done.update { $0.append(name) } }
    }

    /// A disk that answers when the test lets it.
    private final class Gate: Sendable {
        private let isOpen = Monitor(false)
        func open() { isOpen.update { $0 = true } }
        func pass() { _ = isOpen.wait(until: nil) { $0 ? true : nil } }
    }

    @Test("Two devices that do not answer do not delay a third")
    func isolation() throws {
        let gates = [Gate(), Gate()]
        for (device, gate) in gates.enumerated() {
            try queues.add("hang", in: "/mnt/\(device)", on: UInt64(device)) { gate.pass() }
            try queues.add("follow", in: "/mnt/\(device)", on: UInt64(device), note("hung \(device)"))
        }
        for number in 0..<100 { try queues.add("work", in: "/mnt/2", on: 2, note("\(number)")) }
        #expect(notes(100) == (0..<100).map(String.init))
        for gate in gates { gate.open() }
        #expect(notes(102).map { Set($0.suffix(2)) } == ["hung 0", "hung 1"])
        #expect(queues.finish(until: Clock.monotonic() + 20 * DiskQueuesTests.second))
    }

    @Test("A device that does not answer is reported with its job and its waiting jobs, and an answering one is not")
    func stalls() throws {
        let gate = Gate()
        try queues.add("remove expired segments", in: "/mnt/a", on: 1) { gate.pass() }
        try queues.add("write the ledger", in: "/mnt/a", on: 1, note("ledger"))
        try queues.add("work", in: "/mnt/b", on: 2, note("b"))
        #expect(notes(1) == ["b"])
        while queues.stalls(longerThan: 0).first?.device != 1 {}
        let stall = try #require(queues.stalls(longerThan: 0).first { $0.device == 1 })
        #expect(stall.job == "remove expired segments" && stall.directory == "/mnt/a" && stall.waiting == 1)
        #expect(queues.stalls(longerThan: .max).isEmpty)
        #expect(!queues.finish(until: 0))
        gate.open()
        #expect(queues.finish(until: Clock.monotonic() + 20 * DiskQueuesTests.second))
        #expect(queues.stalls(longerThan: 0).isEmpty && notes(2) == ["b", "ledger"])
    }

    @Test("A device with a full queue refuses further jobs with a reason, and other devices accept theirs")
    func bound() throws {
        let gate = Gate()
        try queues.add("hang", in: "/mnt/a", on: 1) { gate.pass() }
        while queues.stalls(longerThan: 0).isEmpty {}
        for _ in 0..<DiskQueues.mostJobs { try queues.add("work", in: "/mnt/a", on: 1, note("a")) }
        let error = #expect(throws: SystemError.self) { try queues.add("write", in: "/mnt/a", on: 1, note("refused")) }
        #expect(error?.errno == .resourceTemporarilyUnavailable && error?.subject == "in /mnt/a")
        try queues.add("work", in: "/mnt/b", on: 2, note("b"))
        #expect(notes(1) == ["b"])
        gate.open()
        #expect(notes(DiskQueues.mostJobs + 1)?.contains("refused") == false)
    }

    @Test("Devices beyond the most threads wait until a thread is free")
    func threads() throws {
        let gate = Gate()
        for device in 0..<DiskQueues.mostThreads {
            try queues.add("hang", in: "/mnt", on: UInt64(device)) { gate.pass() }
        }
        try queues.add("late", in: "/mnt/late", on: 1000, note("late"))
        #expect(queues.stalls(longerThan: 0).count <= DiskQueues.mostThreads)
        gate.open()
        #expect(notes(1) == ["late"])
        #expect(queues.finish(until: Clock.monotonic() + 20 * DiskQueuesTests.second))
    }
}
