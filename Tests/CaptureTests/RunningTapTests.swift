import BPF
import BasicContainers
import Counters
import Linux
import Rules
import Segments
import Synchronization
import Synthetic
import SystemPackage
import TestSupport
import Testing

@testable import Capture

/// A tap from its opening to its end, on a socket that needs no root: prepare, attach, serve or dismiss, stop.
@Suite("A tap with its threads")
struct RunningTapTests {
    private typealias Wanted = SyntheticTap.Wanted

    @Test("The socket has its filter before its ring, and receives last")
    func opening() throws {
        let plane = try SyntheticTap()
        let tap = try plane.start(try plane.rule([("a", 1)], promiscuous: true, direction: .in))
        #expect(plane.kernel.programs.count == 1 && plane.kernel.isOutgoingIgnored && plane.kernel.isPromiscuous)
        #expect(!plane.kernel.isReceiving && !tap.hasReceived)
        var group: UInt16?
        try tap.receive(group: &group)
        #expect(plane.kernel.isReceiving && tap.hasReceived && group == nil)
        #expect(tap.steps.map(\.thread) == ["tap on syn0", "capture a on syn0"])
        #expect(tap.losses.count == 3 && tap.superset == nil && tap.ring == plane.kernel.geometry)
        try plane.stop(tap)
        #expect(tap.isStopping)
    }

    @Test("Packets that arrive are in segments after a stop, and every count balances")
    func packets() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", 1), ("b", nil)])
        plane.send(0..<10, of: 1)
        plane.send(10..<15, of: 2)
        try plane.stop(tap)
        #expect(SyntheticTap.written(tap) == ["a": 10, "b": 15])
        #expect(tap.counts == [.received: 15, .drained: 15] && tap.ringFill.counts.reduce(0, +) == 2)
        #expect(plane.reports.words.filter { $0.hasPrefix("sealed") }.count == 2)
        #expect(plane.reports.words.filter { $0 == "capture ended" }.count == 2)
        #expect(plane.kernel.isStopped)
    }

    @Test(
        "An error in each call of the opening is thrown, and no thread stays",
        arguments: [
            SyntheticKernel.Call.attach, .ignoreOutgoing, .promiscuous, .ring,
        ])
    func failedOpening(_ call: SyntheticKernel.Call) throws {
        let plane = try SyntheticTap()
        plane.kernel.fail([call])
        let rule = try plane.rule([("a", 1)], promiscuous: true, direction: .in)
        #expect(throws: TapError.self) { _ = try plane.start(rule) }
        #expect(plane.reports.words.isEmpty)
    }

    @Test("A socket that the kernel forbids, and an interface of unknown frames, have their own errors")
    func forbidden() throws {
        let plane = try SyntheticTap()
        var rule = try plane.rule([("a", 1)])
        let forbidding = TapSockets { (interface) throws(SystemError) in
            throw SystemError("open", "a packet socket on \(interface.name)", .notPermitted)
        }
        let catalogs = try plane.catalogs(rule)
        var error = RunningTapTests.failure { _ = try Tap(rule, retentions: catalogs, sockets: forbidding) }
        #expect(error.contains("CAP_NET_RAW"))
        rule.interface.hardwareType = 280
        error = RunningTapTests.failure { _ = try Tap(rule, retentions: catalogs, sockets: plane.sockets) }
        #expect(error.contains("ARPHRD type 280"))
        error = RunningTapTests.failure { _ = try plane.changeover(rule) }
        #expect(error.contains("ARPHRD type 280"))
    }

    /// The error that `body` throws, as text.
    private static func failure(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return ""
    }

    @Test("Reception that fails is thrown, in each of its steps")
    func failedReception() throws {
        for call in [SyntheticKernel.Call.receive, .join, .attach] {
            let plane = try SyntheticTap(workers: 2)
            let tap = try plane.start(try plane.rule([("a", 1)]))
            plane.kernel.fail([call])
            var group: UInt16?
            #expect(throws: TapError.self) { try tap.receive(group: &group) }
            plane.kernel.fail([])
            try plane.stop(tap)
        }
    }

    @Test("Workers reject every packet until they have joined one group, and then have their filter")
    func workers() throws {
        let planes = try [SyntheticTap(workers: 2), SyntheticTap(workers: 2)]
        var group: UInt16?
        for plane in planes {
            let rule = try plane.rule([("a", 1)])
            let tap = try plane.start(rule)
            #expect(plane.kernel.programs.last == .rejectAll)
            try tap.receive(group: &group)
            #expect(plane.kernel.programs.last == (try rule.kernelProgram()))
            try plane.stop(tap)
        }
        #expect(planes.map(\.kernel.group) == [7, 7])
    }

    @Test("A changeover that is served changes, adds and removes captures, and the removed one is reported once")
    func served() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", 1), ("b", 2)])
        plane.send(0..<4, of: 1)
        plane.send(4..<6, of: 2)
        try eventually("the packets") { SyntheticTap.written(tap) == ["a": 4, "b": 2] }
        var unheard = UnheardWriters()
        var next = try plane.rule([("b", 2), ("c", 3)])
        next.captures[0].rule.rotation = Rotation(packets: 100)
        let isAcknowledged = Atomic(false)
        var changeover = try plane.changeover(of: tap, to: next, unheard: &unheard)
        try tap.attach(&changeover)
        tap.serve(changeover) { isAcknowledged.store(true, ordering: .releasing) }
        try eventually("the acknowledgement") { isAcknowledged.load(ordering: .acquiring) }
        tap.narrow()
        #expect(tap.rule.captures.map(\.rule.name) == ["b", "c"])
        let now = Clock.wall() / .nanosecondsPerSecond + 2
        for kind in 1...3 { plane.send(UInt32(10 * kind)..<UInt32(10 * kind + 3), of: UInt8(kind), second: now) }
        try eventually("the packets") { SyntheticTap.written(tap)["b"] == 5 && SyntheticTap.written(tap)["c"] == 3 }
        try eventually("the end of the writer") { plane.reports.words.contains("capture ended") }
        let ended = plane.reports.events.compactMap { event in
            if case .captureEnded(_, let pipeline) = event { tap.captureEnded(pipeline) } else { nil }
        }
        #expect(ended.map(\.source.capture) == ["a"] && ended[0].counts[.written] == 4)
        #expect(tap.captures.map(\.source.capture) == ["b", "c"])
        try plane.stop(tap)
    }

    @Test("A changeover that is dismissed leaves captures, filter and packets as they were")
    func dismissed() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", 1)])
        let before = plane.kernel.programs
        var unheard = UnheardWriters()
        // Before it was begun, the kernel is not asked.
        try tap.dismiss(plane.changeover(of: tap, to: plane.rule([("b", 2)]), unheard: &unheard))
        #expect(plane.kernel.programs == before)
        var changeover = try plane.changeover(
            of: tap, to: plane.rule([("a", 1), ("b", 2)], promiscuous: true), unheard: &unheard)
        try tap.attach(&changeover)
        #expect(plane.kernel.isPromiscuous)
        try tap.dismiss(changeover)
        #expect(
            plane.kernel.programs.count == 3 && plane.kernel.programs[2] == before[0] && !plane.kernel.isPromiscuous)
        plane.send(0..<4, of: 1)
        try eventually("the packets") { SyntheticTap.written(tap)["a"] == 4 }
        // The writers that never served end by themselves, and are no record of the tap.
        try eventually("the end of the writers") {
            plane.reports.words.filter { $0 == "capture ended" }.count == 2
        }
        for event in plane.reports.events {
            if case .captureEnded(_, let pipeline) = event { #expect(tap.captureEnded(pipeline) == nil) }
        }
        try plane.stop(tap)
        #expect(SyntheticTap.written(tap) == ["a": 4])
    }

    @Test("A filter that the kernel refuses is thrown, and the changeover can still be dismissed")
    func refused() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", 1)])
        var unheard = UnheardWriters()
        var changeover = try plane.changeover(of: tap, to: plane.rule([("a", 2)]), unheard: &unheard)
        plane.kernel.fail([.attach])
        var error = ""
        do { try tap.attach(&changeover) } catch let failure { error = "\(failure)" }
        #expect(error.contains("the kernel refuses the filter"))
        try tap.dismiss(changeover)
        changeover = try plane.changeover(of: tap, to: plane.rule([("a", 2)], direction: .in), unheard: &unheard)
        plane.kernel.fail([.ignoreOutgoing])
        do { try tap.attach(&changeover) } catch let failure { error = "\(failure)" }
        #expect(error.contains("leave out sent packets"))
        // The old filter does not come back either.
        plane.kernel.fail([.attach])
        do { try tap.dismiss(changeover) } catch let failure { error = "\(failure)" }
        #expect(error.contains("the kernel refuses the filter"))
        try plane.stop(tap)
    }

    @Test("Writers of a changeover that failed end by themselves; the tap keeps them until then")
    func unheard() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", 1)])
        var next = try plane.rule([("a", 1), ("b", 2), ("c", 3)])
        // More memory than there is, for the last one.
        next.captures[2].rule.buffers = BufferGeometry(size: 1 << 50, count: 2)
        var unheard = UnheardWriters()
        #expect(throws: TapError.self) { _ = try plane.changeover(of: tap, to: next, unheard: &unheard) }
        #expect(unheard.pipelines[1]?.map(\.source.capture) == ["b"])
        tap.keep(unheard)
        try eventually("the end of the writer") { plane.reports.words.contains("capture ended") }
        try plane.stop(tap)
    }

    @Test("A rotation seals the open segment of its capture, with its path")
    func rotation() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", nil)])
        plane.send(0..<4, of: 1)
        try eventually("the packets") { SyntheticTap.written(tap)["a"] == 4 }
        let path = Mutex<String?>(nil)
        #expect(!tap.rotate("other") { _ in })
        #expect(tap.rotate("a") { result in path.withLock { $0 = try? result.get() } })
        try eventually("the sealed segment") { path.withLock { $0 } != nil }
        #expect(path.withLock { $0 }?.hasPrefix(plane.folder.path + "/a/a-syn0-") == true)
        try plane.stop(tap)
    }

    @Test("An abandoned tap counts what it cannot write, and ends")
    func abandoned() throws {
        let plane = try SyntheticTap()
        let tap = try plane.run([("a", nil)])
        plane.send(0..<4, of: 1)
        plane.kernel.drop(2)
        tap.abandon()
        try eventually("the end of the tap") { plane.reports.words.contains("ended") }
        let counts = tap.captures[0].counts
        #expect(counts[.matched] == counts[.written] + counts[.holdDropped] + counts[.diskDropped])
        #expect(tap.counts.inFlight == 0 && tap.isStopping)
    }
}

extension SyntheticTap {
    /// A changeover to a rule of a tap that captures nothing else.
    fileprivate func changeover(_ rule: TapRule) throws -> TapChangeover {
        let tap = try start(try self.rule([("a", 1)]))
        var unheard = UnheardWriters()
        return try changeover(of: tap, to: rule, unheard: &unheard)
    }
}
