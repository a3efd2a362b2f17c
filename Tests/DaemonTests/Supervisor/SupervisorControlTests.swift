import Capture
import Control
import Linux
import Rules
import Settings
import Synthetic
import SystemPackage
import TestSupport
import Testing

@testable import Daemon

/// Commands of clients to a running supervisor.
@Suite("The supervisor answers clients")
struct SupervisorControlTests {
    private let one = "one: { interface: syn0, flush: 10ms, snap-length: 1000 }"

    private func running() async throws -> ControlPlane {
        let plane = try ControlPlane(one)
        try await plane.started()
        return plane
    }

    @Test("The status names each capture and its interfaces, also after a tap has ended")
    func status() async throws {
        let plane = try await running()
        let world = plane.world
        let answer = Task { await withCheckedContinuation { world.tell(.control(.status($0))) } }
        try await plane.run(until: "the command") { $0.answered == 1 }
        let status = await answer.value
        #expect(status.state == .capturing && status.captures.map(\.name) == ["one"])
        #expect(status.captures[0].interfaces.map(\.state) == [.capturing])
        #expect(status.interfaces.map(\.interface) == ["syn0"] && status.interfaces[0].taps.count == 1)
        plane.send(0..<3)
        try await plane.run(until: "the packets") { $0.written("one") == 3 }
        plane.take(.link(.removed(90)))
        try await plane.run(until: "the end of the tap") { $0.supervisor.taps.isEmpty }
        let ended = plane.supervisor.status
        #expect(ended.captures[0].interfaces.map(\.state) == [.ended] && ended.captures[0].state == .waiting)
        #expect(ended.interfaces.map(\.interface) == ["syn0"] && ended.interfaces[0].taps.isEmpty)
    }

    @Test("A rotation seals the segments of its capture and answers with their paths")
    func rotation() async throws {
        let plane = try await running()
        let empty: Result<Rotated, ControlFailure> = try await plane.ask { .rotate(capture: "one", $0) }
        #expect(try empty.get().segments == [])
        plane.send(0..<3)
        try await plane.run(until: "the packets") { $0.written("one") == 3 }
        let rotated: Result<Rotated, ControlFailure> = try await plane.ask { .rotate(capture: "one", $0) }
        #expect(try rotated.get().segments.count == 1 && plane.segments("one").count == 1)
        let unknown: Result<Rotated, ControlFailure> = try await plane.ask { .rotate(capture: "ones", $0) }
        #expect(unknown.sentence.contains("there is no capture") && unknown.sentence.contains("did you mean"))
    }

    @Test("SIGUSR1 seals the segments of every capture")
    func rotateAll() async throws {
        let plane = try await running()
        plane.send(0..<3)
        try await plane.run(until: "the packets") { $0.written("one") == 3 }
        plane.take(.signal(.sigusr1))
        try await plane.run(until: "the sealed segment") { $0.lines.events.contains("sealed") }
        #expect(try plane.segments("one").count == 1 && plane.lines.events.contains("command"))
    }

    @Test("A preview says what a reload would do, and does nothing")
    func preview() async throws {
        let plane = try await running()
        plane.send(0..<3)
        try await plane.run(until: "the packets") { $0.written("one") == 3 }
        let rotated: Result<Rotated, ControlFailure> = try await plane.ask { .rotate(capture: "one", $0) }
        _ = try rotated.get()
        try plane.configure("one: { interface: syn0, keep: { age: 1s } }\nother: { interface: syn0 }")
        let preview: Result<ReloadPreview, ControlFailure> = try await plane.ask { .previewReload($0) }
        #expect(try preview.get().begins == ["other"] && preview.get().ends == [])
        #expect(try preview.get().retention.map(\.capture) == ["one"] && preview.get().retention[0].segments == 1)
        #expect(plane.supervisor.settings.captures.map(\.rule.name) == ["one"])
        // In another directory, the segments that a look finds there count.
        try plane.configure("one: { interface: syn0, directory: \(plane.folder.path)/file/a }")
        try plane.folder.write("", to: "file")
        let refused: Result<ReloadPreview, ControlFailure> = try await plane.ask { .previewReload($0) }
        #expect(refused.sentence.contains("/file"))
        try plane.configure("one: { interface: syn0, rotate: { size: 1 } }")
        let wrong: Result<ReloadPreview, ControlFailure> = try await plane.ask { .previewReload($0) }
        #expect(wrong.sentence.contains("holdfast.yaml:"))
    }

    @Test("Without a thread, a preview fails with the reason; one that takes long is answered")
    func previewThreads() async throws {
        let plane = try await running()
        plane.world.permit(threads: false)
        let failed: Result<ReloadPreview, ControlFailure> = try await plane.ask { .previewReload($0) }
        #expect(failed.sentence.contains("cannot start thread preview"))
        plane.world.permit(threads: true)
        plane.holdsWork = true
        let answers = (0..<5).map { _ in Answer<ReloadPreview>() }
        for answer in answers { plane.ask({ .previewReload($0) }, answer) }
        try await plane.run(until: "the fifth answer") { _ in answers.contains { $0.result != nil } }
        #expect(plane.world.threads.count == 4)
        while plane.world.fire({ if case .late = $0 { true } else { false } }) != nil {}
        try await plane.run(until: "every answer") { _ in answers.allSatisfy { $0.result != nil } }
        #expect(answers.filter { $0.result?.sentence.contains("still running") == true }.count == 4)
        plane.runWork()
        try await plane.run(until: "the results") { $0.world.isQuiet }
    }

    @Test("Losses begin an episode, and the coverage of a capture reports it")
    func coverage() async throws {
        let plane = try await running()
        plane.world.kernels("syn0")[0].drop(7)
        plane.send(0..<3)
        try await plane.run(until: "the episode") {
            $0.lines.events.contains("loss") || $0.lines.events.contains("gap")
        }
        let coverage: Result<Coverage, ControlFailure> = try await plane.ask {
            .coverage(CoverageQuestion(capture: "one", from: nil, to: nil, reply: $0))
        }
        #expect(try coverage.get().gaps.map(\.cause).contains(.ring))
        let unknown: Result<Coverage, ControlFailure> = try await plane.ask {
            .coverage(CoverageQuestion(capture: "two", from: nil, to: nil, reply: $0))
        }
        #expect(unknown.sentence.contains("there is no capture"))
        try await plane.stop()
    }

    @Test("Every event of the data plane is logged under its subject, and none stops the loop")
    func events() async throws {
        let plane = try await running()
        let source = CaptureSource(capture: "one", interface: "syn0")
        let error = SystemError("remove", "/a", .ioError)
        for event: CaptureEvent in [
            .buffered(source, directory: "/a", because: .invalidArgument), .leftOpen(source, error),
            .retentionFailed(capture: "one", error), .alive(source, .now), .ended(tap: 99),
        ] { plane.take(.capture(event)) }
        #expect(plane.actions.isEmpty && plane.lines.texts.contains { $0.contains("/a") })
        plane.take(.coverage(.look))
        plane.take(.changed(reload: 99))
        plane.take(.late(request: 99))
        plane.take(.sealed(request: 99, tap: 1, .success(nil)))
        #expect(plane.actions.isEmpty)
    }
}
