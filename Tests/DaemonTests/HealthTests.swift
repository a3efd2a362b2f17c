import Capture
import Control
import Linux
import Synchronization
import Testing

@testable import Daemon

/// What an orchestrator learns: whether the daemon is alive, and whether it captures.
struct HealthTests {
    private static let second: UInt64 = 1_000_000_000

    private func threads(_ step: UInt64) -> [HangDetector.Thread] {
        [HangDetector.Thread(tap: 0, name: "drain eth0", step: ThreadStep(.working, number: step))]
    }

    @Test("A thread hangs if it is at the same step after five seconds, however often clients ask")
    func hanging() {
        var liveness = Liveness()
        let start = 100 * HealthTests.second
        for time in [start, start + 1, start + 1000, start + Liveness.interval - 1] {
            #expect(liveness.hanging(among: threads(7), now: time) == [])
        }
        let later = start + Liveness.interval
        #expect(liveness.hanging(among: threads(7), now: later) == ["drain eth0"])
        #expect(liveness.hanging(among: threads(8), now: later + 1) == ["drain eth0"])
        #expect(liveness.hanging(among: threads(8), now: later + Liveness.interval) == [])
    }

    private func status(_ captures: [CaptureState], _ state: DaemonState = .capturing) -> Status {
        Status(
            version: "1", process: 1, state: state, time: .now, uptimeSeconds: 1,
            configuration: ConfigurationStatus(file: "f", loaded: .now),
            captures: captures.enumerated().map { number, state in
                CaptureStatus(
                    name: "c\(number)", state: state, interface: "eth\(number)", filter: nil,
                    storage: StorageStatus(
                        directory: "/c", segments: 0, bytes: 0, oldest: nil, reserveBytes: 0, misdated: 0, removed: [],
                        orphans: []),
                    interfaces: [])
            },
            interfaces: [], buckets: .all)
    }

    @Test(
        "Ready are captures of which one captures and none is suspended or refused",
        arguments: [
            ([.capturing], []), ([.capturing, .waiting], []),
            ([.waiting], ["c0 waits for interface eth0"]),
            ([.capturing, .suspended], ["c1 is suspended"]),
            ([.refused, .suspended, .waiting], ["c0 is refused", "c1 is suspended"]),
        ] as [([CaptureState], [String])])
    func readiness(states: [CaptureState], reasons: [String]) {
        let health = Health.readiness(status(states), hasStarted: true)
        #expect(health.reasons == reasons && health.status == (reasons.isEmpty ? .ok : .failing))
    }

    @Test("A daemon that starts or stops is not ready")
    func startAndStop() {
        #expect(Health.readiness(status([.capturing]), hasStarted: false).reasons == ["the daemon is starting"])
        let reloading = Health.readiness(status([.capturing], .reloading), hasStarted: true)
        #expect(reloading.status == .ok)
        let stopping = Health.readiness(status([.capturing], .stopping), hasStarted: true)
        #expect(stopping.reasons == ["the daemon is stopping"])
    }

    @Test("A client gets an answer from a control loop that gives none, and a late one changes nothing")
    func silentLoop() async {
        let kept = Mutex<HealthQuestion?>(nil)
        let health = await HealthQuestion.ask(.alive, within: .milliseconds(20)) { command in
            if case .health(let question) = command { kept.withLock { $0 = question } }
        }
        #expect(health.status == .failing && health.reasons == ["the control loop has not answered for 0.02 seconds"])
        kept.withLock { $0 }?.answer(Health(reasons: []))
    }

    @Test("The control loop's answer is the client's answer")
    func answer() async {
        let health = await HealthQuestion.ask(.ready, within: .seconds(60)) { command in
            guard case .health(let question) = command, question.check == .ready else { return }
            question.answer(Health(reasons: ["one", "two"]))
        }
        #expect(health == Health(reasons: ["one", "two"]))
    }
}
