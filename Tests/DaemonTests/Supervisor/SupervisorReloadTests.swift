import Capture
import Control
import Linux
import Rules
import Segments
import Settings
import Synthetic
import SystemPackage
import TestSupport
import Testing

@testable import Daemon

/// Reloads of a running supervisor, event by event (I13, I14).
@Suite("The supervisor reloads")
struct SupervisorReloadTests {
    private let one = "one: { interface: syn0, flush: 10ms, snap-length: 1000, filter: first }"
    private let two = "two: { interface: syn0, flush: 10ms, snap-length: 1000, filter: second }"

    /// A second after every command of the test.
    private let later = Clock.wall() / .nanosecondsPerSecond + 3600

    /// A running supervisor that captures `one`.
    private func running() async throws -> ControlPlane {
        let plane = try ControlPlane(one)
        try await plane.started()
        return plane
    }

    private func reload(_ plane: ControlPlane) async throws -> Result<Reloaded, ControlFailure> {
        try await plane.ask { .reload($0) }
    }

    /// The later answer to a reload that is read and prepared; the supervisor does not know it yet. Work waits.
    private func prepared(_ plane: ControlPlane) async throws -> Answer<Reloaded> {
        plane.holdsWork = true
        let answer = Answer<Reloaded>()
        plane.ask({ .reload($0) }, answer)
        try await plane.run(until: "the reading") { $0.world.threads == ["reload"] }
        plane.runWork()
        try await plane.run(until: "the preparation") { $0.world.threads == ["reload"] }
        plane.runWork()
        return answer
    }

    @Test("A reload adds, changes and removes captures of a tap in place, and answers when the tap has switched")
    func inPlace() async throws {
        let plane = try await running()
        try plane.configure(one + "\n" + two)
        #expect(try await reload(plane).get().captures == ["one", "two"])
        #expect(plane.supervisor.taps.count == 1 && plane.world.kernels("syn0")[0].programs.count >= 2)
        plane.send(0..<4, of: 1, second: later)
        plane.send(4..<6, of: 2, second: later)
        try await plane.run(until: "packets on the disk") { $0.written("one") == 4 && $0.written("two") == 2 }
        try plane.configure(two)
        #expect(try await reload(plane).get().captures == ["two"])
        try await plane.run(until: "the end of the writer") { $0.lines.events.contains("ended") }
        plane.send(6..<9, of: 2, second: later)
        try await plane.stop()
        #expect(try plane.segments("one").count == 1 && plane.segments("two").count == 1)
        #expect(plane.lines.events.filter { $0 == "reloaded" }.count == 2)
        #expect(plane.supervisor.reload.succeeded == 2)
    }

    @Test("Another ring replaces the tap, and the old one ends after the new one receives")
    func otherRing() async throws {
        let plane = try await running()
        try plane.folder.write(
            try plane.folder.contents(of: "holdfast.yaml").replacing("size: 4MiB, block", with: "size: 8MiB, block"),
            to: "holdfast.yaml")
        _ = try await reload(plane).get()
        try await plane.run(until: "the end of the old tap") { $0.supervisor.taps.count == 1 }
        #expect(plane.world.kernels("syn0").map(\.isReceiving) == [true, true])
        #expect(plane.world.kernels("syn0").map(\.isStopped) == [true, false])
    }

    @Test("A mistake rejects the reload with its position, and the captures go on")
    func mistake() async throws {
        let plane = try await running()
        try plane.configure("one: { interface: syn0, filter: third }")
        let answer = try await reload(plane)
        #expect(answer.sentence.contains("holdfast.yaml:"))
        #expect(plane.lines.events.contains("rejected") && plane.supervisor.status.configuration.isRefused == true)
        plane.send(0..<3, of: 1)
        try await plane.run(until: "packets on the disk") { $0.written("one") == 3 }
        #expect(plane.supervisor.reload.failed == 1)
    }

    @Test("A directory that refuses rejects the reload")
    func directory() async throws {
        let plane = try await running()
        try plane.folder.write("", to: "file")
        try plane.configure(one + "\nother: { interface: syn0, directory: \(plane.folder.path)/file/other }")
        #expect(try await reload(plane).sentence.contains("/file"))
        #expect(plane.supervisor.taps.count == 1)
    }

    @Test("If the kernel refuses a filter, every tap keeps its captures and its filter")
    func refusedByKernel() async throws {
        let plane = try await running()
        let kernel = plane.world.kernels("syn0")[0]
        kernel.fail([.attach])
        try plane.configure(one + "\n" + two)
        #expect(try await reload(plane).sentence.contains("the kernel refuses the filter"))
        #expect(plane.supervisor.taps.open(on: 90).first?.rule.captures.map(\.rule.name) == ["one"])
        kernel.fail([])
        plane.send(0..<3, of: 1)
        try await plane.run(until: "packets on the disk") { $0.written("one") == 3 }
        // The next reload succeeds.
        #expect(try await reload(plane).get().captures == ["one", "two"])
    }

    @Test("A tap that cannot return to its old filter ends, and is opened again")
    func lostFilter() async throws {
        let plane = try await running()
        let kernel = plane.world.kernels("syn0")[0]
        kernel.fail([.promiscuous])
        try plane.configure("one: { interface: syn0, flush: 10ms, snap-length: 1000, promiscuous: true }")
        let answer = try await prepared(plane)
        // The filter is attached, the promiscuous mode is not, and then the old filter is not either.
        kernel.onAttach = { kernel.fail([.promiscuous, .attach]) }
        plane.holdsWork = false
        try await plane.run(until: "an answer") { _ in answer.result != nil }
        #expect(answer.result?.sentence.contains("promiscuous") == true)
        try await plane.run(until: "another tap") {
            $0.world.kernels("syn0").count == 2 && $0.supervisor.taps.count == 1 && $0.supervisor.openings.isIdle
        }
    }

    @Test("A new tap that cannot be opened rejects the reload, and those that were opened end")
    func unopened() async throws {
        let plane = try ControlPlane(
            one, on: [ControlPlane.interface("syn0", 90), ControlPlane.interface("syn1", 91)])
        try await plane.started()
        plane.world.fail([.ring], on: "syn1")
        try plane.configure(one + "\nother: { interface: syn1 , snap-length: 1000 }")
        #expect(try await reload(plane).sentence.contains("make a ring"))
        #expect(plane.supervisor.taps.count == 1)
        plane.world.fail([], on: "syn1")
        _ = try await reload(plane).get()
        #expect(plane.supervisor.taps.count == 2)
        #expect(plane.world.kernels("syn1").map(\.isReceiving) == [false, true])
    }

    @Test("A new tap that cannot receive is retried like one of the start; the reload has happened")
    func deafNewTap() async throws {
        let plane = try ControlPlane(
            one, on: [ControlPlane.interface("syn0", 90), ControlPlane.interface("syn1", 91)])
        try await plane.started()
        plane.world.fail([.receive], on: "syn1")
        try plane.configure(one + "\nother: { interface: syn1, snap-length: 1000 }")
        #expect(try await reload(plane).get().captures == ["one", "other"])
        try await plane.run(until: "the attempts") {
            $0.supervisor.interfaces.isFailing(91) && $0.supervisor.taps.count == 1
        }
        #expect(plane.lines.events.contains("failed"))
    }

    @Test("Reloads that are asked for during a reload become one, which answers them")
    func following() async throws {
        let plane = try await running()
        plane.holdsWork = true
        let answers = [Answer<Reloaded>(), Answer<Reloaded>(), Answer<Reloaded>()]
        for answer in answers { plane.ask({ .reload($0) }, answer) }
        try await plane.run(until: "the reading") { $0.answered == 3 }
        plane.take(.signal(.sighup))
        plane.holdsWork = false
        try await plane.run(until: "every answer") { _ in answers.allSatisfy { $0.result != nil } }
        #expect(answers.allSatisfy { $0.result?.sentence == "" })
        #expect(plane.supervisor.reload.number == 2 && plane.supervisor.reload.succeeded == 2)
    }

    @Test("A reading that takes too long rejects the reload, and its result is ignored")
    func late() async throws {
        let plane = try await running()
        plane.holdsWork = true
        let answer = Answer<Reloaded>()
        plane.ask({ .reload($0) }, answer)
        try await plane.run(until: "the reading") { $0.world.threads == ["reload"] }
        #expect(plane.world.fire { if case .reloadLate = $0 { true } else { false } } == ReloadProgress.patience)
        try await plane.run(until: "an answer") { _ in answer.result != nil }
        #expect(answer.result?.sentence.contains("no answer for 30 s") == true)
        try plane.configure(two)
        plane.holdsWork = false
        try await plane.run(until: "the ignored result") { $0.world.threads.isEmpty && $0.world.isQuiet }
        #expect(plane.supervisor.settings.captures.map(\.rule.name) == ["one"])
        #expect(try await reload(plane).get().captures == ["two"])
    }

    @Test("A client of a long reload is told so; the reload goes on")
    func patience() async throws {
        let plane = try await running()
        plane.holdsWork = true
        let answer = Answer<Reloaded>()
        plane.ask({ .reload($0) }, answer)
        try await plane.run(until: "the reading") { $0.world.threads == ["reload"] }
        #expect(plane.world.fire { if case .late = $0 { true } else { false } } == 30)
        try await plane.run(until: "an answer") { _ in answer.result != nil }
        #expect(answer.result?.sentence.contains("still running") == true)
        plane.holdsWork = false
        try await plane.run(until: "the reload") { $0.supervisor.reload.succeeded == 1 }
    }

    @Test("Without a thread, a reload is rejected with the reason, whichever of its threads is missing")
    func noThread() async throws {
        let plane = try await running()
        plane.world.permit(threads: false)
        #expect(try await reload(plane).sentence.contains("cannot start thread reload"))
        plane.world.permit(threads: true)
        plane.holdsWork = true
        let answer = Answer<Reloaded>()
        plane.ask({ .reload($0) }, answer)
        try await plane.run(until: "the reading") { $0.world.threads == ["reload"] }
        plane.world.permit(threads: false)
        plane.holdsWork = false
        try await plane.run(until: "an answer") { _ in answer.result != nil }
        #expect(answer.result?.sentence.contains("cannot start thread reload") == true)
        #expect(plane.supervisor.openings.isIdle && !plane.supervisor.reload.isUnderWay)
    }

    @Test("A stop during a reload answers its clients, and the taps that were prepared end")
    func stopped() async throws {
        let plane = try ControlPlane(
            one, on: [ControlPlane.interface("syn0", 90), ControlPlane.interface("syn1", 91)])
        try await plane.started()
        try plane.configure(one + "\n" + two + "\nother: { interface: syn1, snap-length: 1000 }")
        plane.holdsWork = true
        let answer = Answer<Reloaded>()
        plane.ask({ .reload($0) }, answer)
        for _ in 0..<2 {
            try await plane.run(until: "work") { !$0.world.threads.isEmpty }
            plane.runWork()
            if plane.supervisor.reload.phase == .opening { break }
        }
        plane.take(.signal(.sigterm))
        try await plane.run(until: "the end") { $0.supervisor.taps.isEmpty && answer.result != nil }
        #expect(answer.result?.sentence.isEmpty == false)
        #expect(plane.world.kernels("syn1").map(\.isReceiving) == [false])
    }

    @Test("A directory that answers during a reload is captured by it or after it")
    func lateDirectory() async throws {
        let plane = try ControlPlane(one + "\n" + two, awaited: ["two"])
        try await plane.started()
        let answer = try await prepared(plane)
        // The reload is prepared, without the directory.
        let path = plane.folder.path + "/captures/two"
        let found = try Adoption.adopt("two", in: path, configured: ["one", "two"], freeSpace: 0)
        plane.take(.adopted(.adopted(found)))
        plane.holdsWork = false
        try await plane.run(until: "both captures") { plane in
            answer.result != nil && plane.supervisor.openings.isIdle
                && Set(plane.supervisor.taps.open.flatMap { $0.rule.captures.map(\.rule.name) }) == ["one", "two"]
        }
        // Two taps serve them. The next reload moves one to the other, which the coverage shows.
        #expect(plane.supervisor.taps.count == 2)
        let moves = TapMoves(from: plane.supervisor.taps.open)
        #expect(moves.moved(to: plane.supervisor.taps.open).isEmpty && moves.moved(to: []).isEmpty)
        _ = try await reload(plane).get()
        #expect(moves.moved(to: plane.supervisor.taps.open).map(\.capture) == ["two"])
        try await plane.run(until: "the end of the other tap") { $0.supervisor.taps.count == 1 }
        let coverage: Result<Coverage, ControlFailure> = try await plane.ask {
            .coverage(CoverageQuestion(capture: "two", from: nil, to: nil, reply: $0))
        }
        #expect(try coverage.get().gaps.map(\.cause).contains(.reload))
    }
}
