import Capture
import Control
import Counters
import Linux
import Logging
import Rules
import Segments
import Synthetic
import SystemPackage
import TestSupport
import Testing

@testable import Daemon

/// The supervisor, event by event: start, interfaces, stop.
@Suite("The supervisor")
struct SupervisorTests {
    private let all = "all: { interface: syn0, flush: 10ms, snap-length: 1000 }"
    private let syn0 = ControlPlane.interface("syn0", 90)
    private let down = ControlPlane.interface("syn0", 90, isUp: false)

    @Test("The start opens a tap, packets arrive in a segment, and a stop writes, counts and seals them")
    func whole() async throws {
        let plane = try ControlPlane(all)
        #expect(!plane.supervisor.hasStarted)
        try await plane.started()
        #expect(plane.lines.events.contains("started"))
        #expect(plane.world.kernels("syn0").map(\.isReceiving) == [true])
        plane.send(0..<10)
        try await plane.run(until: "packets on the disk") { $0.written("all") == 10 }
        plane.send(10..<15)
        try await plane.stop()
        #expect(try plane.segments("all") == ["all-syn0-20300317T174640.000000Z.pcap"])
        #expect(plane.lines.events.filter { $0 == "ended" }.count == 2)
        #expect(plane.lines.texts.contains("stopped"))
        #expect(plane.supervisor.status.state == .stopping)
    }

    @Test("A stop without a tap is over at once, and what was opened meanwhile stops")
    func stopEarly() async throws {
        let plane = try ControlPlane(all)
        plane.holdsWork = true
        plane.take(.signal(.sigterm))
        #expect(plane.actions == [.exit(0)] && !plane.supervisor.hasStarted)
        #expect(plane.runWork() == 1)
        try await plane.run(until: "the end of the tap") {
            $0.world.kernels("syn0").map(\.isStopped) == [true] && $0.supervisor.taps.isEmpty
        }
        #expect(plane.world.kernels("syn0").map(\.isReceiving) == [false])
        // A stopping daemon opens nothing and reloads nothing.
        plane.take(.retry(interface: 90))
        plane.take(.link(.present(syn0)))
        plane.take(.signal(.sighup))
        plane.take(.signal(.sigusr1))
        #expect(plane.runWork() == 0)
    }

    @Test("An interface that is missing at the start is captured when it appears, and again after it was removed")
    func interfaces() async throws {
        let plane = try ControlPlane(all, on: [])
        #expect(plane.supervisor.hasStarted && plane.lines.events.contains("waiting"))
        plane.world.change(interfaces: [syn0])
        plane.take(.link(.present(syn0)))
        try await plane.run(until: "a tap") { $0.supervisor.taps.count == 1 && $0.supervisor.openings.isIdle }
        #expect(plane.lines.events.contains("capturing"))
        plane.send(0..<3)
        plane.world.change(interfaces: [])
        plane.take(.link(.removed(90)))
        try await plane.run(until: "the end of the tap") { $0.supervisor.taps.isEmpty }
        #expect(try plane.segments("all") == ["all-syn0-20300317T174640.000000Z.pcap"])
        #expect(plane.lines.events.contains("gone"))
        let again = ControlPlane.interface("syn0", 91)
        plane.world.change(interfaces: [again])
        plane.take(.link(.present(again)))
        try await plane.run(until: "another tap") { $0.supervisor.taps.count == 1 && $0.supervisor.openings.isIdle }
        try await plane.stop()
    }

    @Test("A tap that cannot be opened is retried later, and one whose interface went down meanwhile is not")
    func retried() async throws {
        let plane = try ControlPlane(all, starts: false)
        plane.world.fail([.ring], on: "syn0")
        plane.begin(on: [syn0])
        try await plane.started()
        #expect(plane.supervisor.taps.isEmpty && plane.lines.events.contains("failed"))
        #expect(plane.supervisor.status.captures[0].state == .waiting)
        plane.world.fail([], on: "syn0")
        #expect(plane.world.fire { if case .retry(interface: 90) = $0 { true } else { false } } == 1)
        try await plane.run(until: "a tap") { $0.supervisor.taps.count == 1 && $0.supervisor.openings.isIdle }
        #expect(plane.supervisor.status.captures[0].state == .capturing)
    }

    @Test("A tap that cannot be opened because its interface went down is no failure")
    func wentDown() async throws {
        let plane = try ControlPlane(all, starts: false)
        plane.world.fail([.ring], on: "syn0")
        plane.begin(on: [syn0])
        plane.world.change(interfaces: [down])
        try await plane.started()
        #expect(plane.world.kernels("syn0").count == 1 && !plane.lines.events.contains("failed"))
        #expect(plane.world.fire { if case .retry = $0 { true } else { false } } == nil)
    }

    @Test("A tap that cannot receive stops, and its interface is retried")
    func deaf() async throws {
        let plane = try ControlPlane(all, starts: false)
        plane.world.fail([.receive], on: "syn0")
        plane.begin(on: [syn0])
        try await plane.run(until: "the end of the tap") { $0.supervisor.taps.isEmpty && $0.supervisor.hasStarted }
        #expect(plane.lines.events.contains("failed"))
        // A tap whose reception was tried has counts, and they are kept.
        #expect(plane.lines.texts.contains { $0.hasPrefix("tap on syn0 ended") })
    }

    @Test("Without a thread to open a tap, the interface is retried")
    func noThread() async throws {
        let plane = try ControlPlane(all, starts: false)
        plane.world.permit(threads: false)
        plane.begin(on: [syn0])
        #expect(plane.supervisor.hasStarted && plane.lines.events.contains("failed"))
        plane.world.permit(threads: true)
        #expect(plane.world.fire { if case .retry = $0 { true } else { false } } == 1)
        try await plane.run(until: "a tap") { $0.supervisor.taps.count == 1 && $0.supervisor.openings.isIdle }
    }

    @Test("Without the capability, the reason and the remedy are reported")
    func notPermitted() async throws {
        let plane = try ControlPlane(all, starts: false)
        plane.world.permit(sockets: false)
        plane.begin(on: [syn0])
        try await plane.started()
        #expect(plane.lines.texts.contains { $0.contains("CAP_NET_RAW") })
    }

    @Test("A tap that was opened for an interface of another name does not receive")
    func renamed() async throws {
        let plane = try ControlPlane("all: { interface: \"syn*\", snap-length: 1000 }")
        plane.holdsWork = true
        let other = ControlPlane.interface("syn1", 90)
        plane.world.change(interfaces: [other])
        #expect(plane.runWork() == 1)
        plane.take(.link(.present(other)))
        plane.holdsWork = false
        try await plane.run(until: "one tap") {
            $0.supervisor.taps.count == 1 && $0.world.kernels("syn1").map(\.isReceiving) == [true]
        }
        #expect(plane.world.kernels("syn0").map(\.isReceiving) == [false])
        #expect(plane.world.kernels("syn1").map(\.isReceiving) == [true])
    }

    @Test("A ring that is smaller than wanted is reported")
    func smallRing() async throws {
        let plane = try ControlPlane(all, starts: false)
        plane.world.grant(ring: RingGeometry(size: 1 << 20, block: 1 << 19, timeout: 1))
        plane.begin(on: [syn0])
        try await plane.started()
        #expect(plane.lines.texts.contains { $0.hasPrefix("the ring of syn0 has 1048576 bytes, not 4194304") })
        #expect(plane.supervisor.status.usage?.ringBytes == 1_048_576)
    }

    @Test("A capture whose filter the kernel refuses is refused on the interface, and the others run")
    func refusedFilter() async throws {
        let plane = try ControlPlane(all)
        try await plane.started()
        plane.take(
            .opened(
                interface: 90, Delivery(TapOpener.Outcome(refused: [(capture: "all", reason: "too long")]))))
        #expect(plane.lines.events.contains("refused"))
        let status = plane.supervisor.status.captures[0]
        #expect(status.interfaces.count == 1 && status.interfaces[0].state == .capturing)
        plane.take(.link(.removed(90)))
        try await plane.run(until: "the end of the tap") { $0.supervisor.taps.isEmpty }
    }

    @Test("A second signal abandons what a stalled disk keeps, and a third does nothing")
    func signals() async throws {
        let plane = try ControlPlane(all)
        try await plane.started()
        plane.take(.signal(.sigterm))
        plane.take(.signal(.sigint))
        #expect(plane.actions == [.limitPatience])
        plane.take(.signal(.sigint))
        try await plane.run(until: "the end") { $0.actions.count > 1 }
        #expect(plane.actions.last == .exit(Daemon.ExitCode.failure))
        plane.take(.patienceEnds)
        #expect(plane.actions.last == .exitAtOnce(Daemon.ExitCode.failure))
    }

    @Test("A stop that takes long is looked at again, and one that is over is not")
    func slowStop() async throws {
        let plane = try ControlPlane(all)
        try await plane.started()
        plane.take(.stopLate)
        #expect(plane.world.fire { if case .stopLate = $0 { true } else { false } } == nil)
        plane.take(.signal(.sigterm))
        #expect(plane.world.fire { if case .stopLate = $0 { true } else { false } } == 5)
        try await plane.run(until: "the end") { !$0.actions.isEmpty }
        #expect(plane.actions.last == .exit(0))
    }

    @Test("A suspended capture is shown with its reason until it resumes")
    func suspended() async throws {
        let plane = try ControlPlane(all)
        try await plane.started()
        let source = CaptureSource(capture: "all", interface: "syn0")
        plane.take(.capture(.suspended(source, SystemError("write", "/a", .noSpace))))
        #expect(plane.supervisor.accounts.troubles[source]?.contains("/a") == true)
        plane.take(.capture(.resumed(source, lost: 3)))
        #expect(plane.supervisor.accounts.troubles.isEmpty)
        #expect(plane.lines.events.contains("suspended") && plane.lines.events.contains("resumed"))
        try await plane.stop()
    }

    @Test("A directory that answers late is captured then, and one that refuses is tried again")
    func awaited() async throws {
        let two = "a: { interface: syn0, snap-length: 1000 }\nb: { interface: syn0, snap-length: 1000 }"
        let plane = try ControlPlane(two, awaited: ["a", "b"])
        try await plane.started()
        #expect(plane.supervisor.taps.isEmpty)
        let path = plane.folder.path + "/captures/a"
        plane.take(.adopted(.noAnswer(capture: "a", directory: path, seconds: 10)))
        plane.take(.adopted(.adopted(try .adopt("a", in: path, configured: ["a", "b"], freeSpace: 0))))
        try await plane.run(until: "a tap") { $0.supervisor.taps.count == 1 && $0.supervisor.openings.isIdle }
        #expect(plane.supervisor.taps.open(on: 90).first?.rule.captures.map(\.rule.name) == ["a"])
        let error = SystemError("open", "the directory /b", .permissionDenied)
        plane.take(.adopted(.failed(capture: "b", directory: plane.folder.path + "/captures/b", error)))
        #expect(plane.lines.events.contains("failed") && plane.supervisor.retentions.awaited == ["b"])
        plane.take(.adopted(.failed(capture: "other", directory: "/other", error)))
        #expect(plane.world.fire { if case .adopt = $0 { true } else { false } } == 10)
        try await plane.run(until: "the other capture") { $0.supervisor.retentions.awaited.isEmpty }
    }

    @Test("The regular messages need no service manager")
    func beats() async throws {
        let plane = try ControlPlane(all)
        plane.take(.beat)
        plane.take(.draw)
        try await plane.started()
        plane.take(.beat)
        #expect(plane.actions.isEmpty)
    }
}
