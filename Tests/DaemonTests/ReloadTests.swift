import BPF
import Capture
import Linux
import Pcap
import Rules
import Segments
import Settings
import Testing

@testable import Daemon

/// The queue of requests that open taps.
@Suite struct OpeningsTests {
    @Test("One request runs at a time, in order, and a waiting request is not added twice")
    func order() {
        var openings = Openings()
        #expect(openings.isIdle)
        #expect(openings.add(.interface(1)) == .interface(1))
        #expect(openings.add(.interface(2)) == nil)
        #expect(openings.add(.interface(2)) == nil)
        #expect(openings.add(.reload(1)) == nil)
        #expect(openings.finish() == .interface(2))
        #expect(openings.finish() == .reload(1))
        #expect(!openings.isIdle)
        #expect(openings.finish() == nil)
        #expect(openings.isIdle)
    }

    @Test("A running request is added again, because its plan may be out of date")
    func again() {
        var openings = Openings()
        #expect(openings.add(.interface(1)) == .interface(1))
        #expect(openings.add(.interface(1)) == nil)
        #expect(openings.finish() == .interface(1))
    }
}

/// The progress of a reload, event by event.
@Suite struct ReloadProgressTests {
    @Test("A reload is read, opened, acknowledged by each tap, and ends")
    func whole() {
        var reload = ReloadProgress()
        #expect(reload.request(at: 7) == .read(1))
        #expect(reload.began == 7 && reload.isUnderWay)
        #expect(reload.read(1) == true)
        #expect(reload.isInForce(missing: 2) == false)
        #expect(reload.tookOver(1) == false)
        #expect(reload.tookOver(1) == true)
        #expect(reload.tookOver(1) == false, "more answers than taps")
        #expect(reload.end(refused: false) == false)
        #expect(reload.succeeded == 1 && reload.failed == 0 && !reload.isRefused && !reload.isUnderWay)
    }

    @Test("Reloads that are requested during a reload become one reload after it")
    func following() {
        var reload = ReloadProgress()
        #expect(reload.request(at: 0) == .read(1))
        #expect(reload.request(at: 0) == .follows)
        #expect(reload.request(at: 0) == .follows)
        #expect(reload.end(refused: true) == true)
        #expect(reload.isRefused)
        #expect(reload.request(at: 0) == .read(2))
        #expect(reload.end(refused: false) == false)
        #expect(!reload.isRefused)
    }

    @Test("A reading that takes too long is abandoned and its result ignored, and few readings may hang")
    func hanging() {
        var reload = ReloadProgress()
        for number in 1...ReloadProgress.mostAbandoned {
            #expect(reload.request(at: 0) == .read(number))
            #expect(reload.late(number) == true)
            #expect(reload.end(refused: true) == false)
        }
        guard case .refused = reload.request(at: 0) else {
            Issue.record("one reading too many began")
            return
        }
        #expect(reload.read(2) == false, "it comes back, and is not wanted any more")
        #expect(reload.request(at: 0) == .read(ReloadProgress.mostAbandoned + 1))
        #expect(reload.late(1) == false)
        #expect(reload.read(ReloadProgress.mostAbandoned + 1) == true)
        #expect(reload.late(ReloadProgress.mostAbandoned + 1) == false, "it was read in time")
    }
}

/// The taps that change, end and begin.
@Suite struct ReloadPlanTests {
    private let eth0 = Interface(index: 2, name: "eth0", hardwareType: 1, isUp: true)
    private let ring = RingGeometry(size: 1 << 20, block: 1 << 16, timeout: 60)

    private func plan(_ name: String, snapLength: UInt32 = 100) throws -> CapturePlan {
        let rule = CaptureRule(
            name: name, directory: "/captures/\(name)", snapLength: snapLength, precision: .nano, rotation: Rotation(),
            retention: .everything, sync: .none, flush: 1, buffers: BufferGeometry(size: 1 << 16, count: 2))
        return CapturePlan(
            rule: rule, filter: try VerifiedProgram(.acceptAll(length: 262_144)), promiscuous: false, direction: .both)
    }

    private func rule(_ captures: CapturePlan..., workers: Int = 1, on interface: Interface? = nil) -> TapRule {
        var geometry = ring
        geometry.workers = workers
        return TapRule(interface: interface ?? eth0, ring: geometry, captures: captures)
    }

    private func reload(
        _ taps: [TapRule], to rules: [TapRule], on interfaces: [Interface]? = nil
    ) throws -> ReloadPlan {
        try ReloadPlan(
            taps.enumerated().map { ($0.offset, $0.element) }, interfaces: interfaces ?? [eth0]
        ) { _ in (rules, []) }
    }

    @Test("A tap with the same captures does not change")
    func same() throws {
        let plan = try reload([rule(plan("a"), plan("b"))], to: [rule(self.plan("b"), self.plan("a"))])
        #expect(plan.changes.isEmpty && plan.ending.isEmpty && plan.beginning.isEmpty)
    }

    @Test("Another rule changes a tap in place, and another ring replaces it")
    func changed() throws {
        let changed = try reload([rule(plan("a"))], to: [rule(plan("a", snapLength: 60), plan("b"))])
        #expect(changed.changes.map(\.tap) == [0] && changed.ending.isEmpty && changed.beginning.isEmpty)
        let replaced = try reload([rule(plan("a"))], to: [rule(plan("a"), workers: 2)])
        #expect(replaced.changes.isEmpty && replaced.ending == [0] && replaced.beginning.count == 1)
    }

    @Test("The workers of an interface stay together or are all replaced")
    func workers() throws {
        let two = try rule(plan("a"), workers: 2).workers
        #expect(try reload(two, to: [rule(plan("a"), workers: 2)]).ending.isEmpty)
        let lame = try reload([two[0]], to: [rule(plan("a"), workers: 2)])
        #expect(lame.ending == [0] && lame.beginning.count == 1)
    }

    @Test("The taps of an interface that is down stay, and none begins there")
    func down() throws {
        var down = eth0
        down.isUp = false
        let plan = try reload([rule(plan("a"), on: down)], to: [rule(self.plan("b"), on: down)], on: [down])
        #expect(plan.changes.map(\.tap) == [0])
        #expect(try reload([], to: [rule(self.plan("b"), on: down)], on: [down]).beginning.isEmpty)
        let replaced = try reload(
            [rule(self.plan("a"), on: down)], to: [rule(self.plan("a"), workers: 2, on: down)], on: [down])
        #expect(replaced.ending == [0] && replaced.beginning.isEmpty)
    }

    @Test("A tap that no rule needs any more ends, and those of a removed interface are left to its removal")
    func ended() throws {
        let taps = try [rule(plan("a")), rule(plan("b"))]
        let plan = try reload(taps, to: [rule(self.plan("a"))])
        #expect(plan.changes.isEmpty && plan.ending == [1])
        #expect(try reload(taps, to: [], on: []).ending.isEmpty)
        var strange = eth0
        strange.hardwareType = 280
        #expect(try reload([], to: [rule(self.plan("a"))], on: [strange]).beginning.isEmpty)
    }

    @Test("A capture that cannot run on an interface rejects the reload")
    func refused() throws {
        #expect(throws: FilterError.self) {
            try ReloadPlan([], interfaces: [eth0]) { _ in ([], [("a", FilterError("too long"))]) }
        }
    }
}
