import Linux
import Rules
import Synchronization
import Testing

@testable import Capture

/// Commands between the control plane and a drain thread.
@Suite("Commands to a drain thread")
struct TapCommandsTests {
    private func rotation(_ name: String) -> TapCommand { .rotate(SegmentRotation(capture: name) { _ in }) }

    private func name(_ command: consuming TapCommand?) -> String? {
        guard let command else { return nil }
        return switch consume command {
        case .change: "change"
        case .rotate(let rotation): rotation.capture
        }
    }

    @Test("Commands are taken in order; the bell rings until the last one is taken")
    func order() throws {
        let commands = try TapCommands()
        #expect(!commands.isWaiting && name(commands.take()) == nil)
        commands.give(rotation("a"))
        commands.give(rotation("b"))
        #expect(commands.isWaiting)
        #expect(name(commands.take()) == "a" && name(commands.take()) == "b" && name(commands.take()) == nil)
        #expect(!commands.isWaiting)
    }

    @Test("A stop rings for good, and an abandoned tap is stopped")
    func stops() throws {
        let commands = try TapCommands()
        commands.stop()
        #expect(commands.isStopped && !commands.isAbandoned && commands.isWaiting)
        #expect(name(commands.take()) == nil && commands.isWaiting)
        commands.abandon()
        #expect(commands.isAbandoned)
    }

    @Test("An announced filter change is known until it is taken back")
    func filterChange() throws {
        let commands = try TapCommands()
        commands.filterWillChange()
        #expect(commands.isFilterChanging)
        commands.filterIsKnown()
        #expect(!commands.isFilterChanging)
    }

    @Test("A pending command waits for the first packet that is later, or for its deadline")
    func pending() throws {
        let commands = try TapCommands()
        var pending = PendingCommands()
        pending.take(from: commands)
        let (isEmpty, noDeadline) = (pending.isEmpty, pending.deadline)
        #expect(isEmpty && noDeadline == nil && name(pending.next()) == nil)
        let before = Clock.wall()
        commands.give(rotation("a"))
        commands.give(rotation("b"))
        pending.take(from: commands)
        let after = Clock.wall()
        let isWaiting = !pending.isEmpty
        #expect(isWaiting && !commands.isWaiting)
        #expect(name(pending.next(before: before - 1)) == nil)
        #expect(name(pending.next(before: after)) == "a")
        guard let deadline = pending.deadline else { return #expect(Bool(false), "no deadline") }
        #expect(name(pending.next(overdueAt: deadline - 1)) == nil)
        #expect(name(pending.next(overdueAt: deadline)) == "b")
        let isDone = pending.isEmpty
        #expect(
            isDone && name(pending.next(before: .max)) == nil && name(pending.next(overdueAt: .max)) == nil)
    }

    @Test("A change is acknowledged when it is taken, a rotation only when its segment is sealed")
    func acknowledged() throws {
        let commands = try TapCommands()
        let known = Atomic(0)
        var change = TapChange(classifier: try DataPlane.classifier([1]))
        change.acknowledge = { known.add(1, ordering: .relaxed) }
        commands.give(.change(change))
        commands.give(.rotate(SegmentRotation(capture: "a") { _ in known.add(10, ordering: .relaxed) }))
        var pending = PendingCommands()
        pending.take(from: commands)
        #expect(known.load(ordering: .relaxed) == 1)
        #expect(name(pending.next()) == "change" && name(pending.next()) == "a")
    }
}
