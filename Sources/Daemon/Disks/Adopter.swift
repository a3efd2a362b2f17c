import Capture
import Linux
import Segments
import SystemPackage

/// The progress of the adoption of one capture's directory, in this order.
enum AdoptionEvent: Sendable {
    /// The disk has not answered for `seconds`. `adopted` or `failed` follows when it does.
    case noAnswer(capture: String, directory: String, seconds: Int)
    case adopted(Adoption)
    case failed(capture: String, directory: String, SystemError)

    var capture: String {
        switch self {
        case .noAnswer(let capture, _, _), .failed(let capture, _, _): capture
        case .adopted(let found): found.capture
        }
    }
}

/// Adopts the directories of captures, each as fast as its own disk (I15): creates missing ones, repairs the segments
/// that a crash left open, and finds the sealed ones.
struct Adopter: Sendable {
    let helper: DiskHelper

    /// Starts adoptions without waiting. For each capture `report` gets `adopted` or `failed` once, possibly after
    /// `noAnswer`. The thread that serves the helper calls it, so it must not wait. `configured` names every capture
    /// of the configuration. A repair leaves `freeSpace` bytes of its file system free (I10).
    func adopt(
        _ captures: [(name: String, directory: String)], configured: [String], freeSpace: Int64,
        report: @escaping @Sendable (AdoptionEvent) -> Void
    ) {
        helper.give(.configuration(captures: configured, freeSpace: freeSpace))
        for (name, directory) in captures {
            helper.give(.adopt(capture: name, directory: directory)) { answer in
                switch answer {
                case .silent(let seconds):
                    report(.noAnswer(capture: name, directory: directory, seconds: seconds))
                case .result(.adopted(let found)): report(.adopted(found))
                case .result(.failed(let error)):
                    report(.failed(capture: name, directory: directory, error))
                case .result: break
                }
            }
        }
    }

    /// The result once each disk has answered or has been silent for too long.
    struct Gathered: Sendable {
        var found: [Adoption] = []
        var failed: [(capture: String, error: SystemError)] = []
        /// Captures whose directory has not answered yet.
        var silent: [(capture: String, error: SystemError)] = []
    }

    /// Adopts the directories and waits for the result, but not for those in `silent`, which are known not to answer.
    /// Later answers go to `later`, without `noAnswer`. For a thread that may wait.
    func gather(
        _ captures: [(name: String, directory: String)], configured: [String], freeSpace: Int64,
        silent: Set<String> = [],
        later: @escaping @Sendable (AdoptionEvent) -> Void = { _ in }
    ) -> Gathered {
        var gathered = Gathered()
        for (name, directory) in captures where silent.contains(directory) {
            let error = SystemError(
                "scan", directory, .resourceTemporarilyUnavailable, advice: "its file system does not answer")
            gathered.silent.append((name, error))
        }
        let waited = captures.filter { !silent.contains($0.directory) }
        let state = Monitor((gathered: gathered, missing: Set(waited.map(\.name))))
        adopt(captures, configured: configured, freeSpace: freeSpace) { event in
            let isLate = state.update { state in
                guard state.missing.remove(event.capture) != nil else { return true }
                switch event {
                case .noAnswer(let capture, let directory, let seconds):
                    let error = SystemError(
                        "scan", directory, .resourceTemporarilyUnavailable,
                        advice: "its file system has not answered for \(seconds) s")
                    state.gathered.silent.append((capture, error))
                case .adopted(let found): state.gathered.found.append(found)
                case .failed(let capture, _, let error): state.gathered.failed.append((capture, error))
                }
                return false
            }
            if case .noAnswer = event { return }
            if isLate { later(event) }
        }
        return state.wait(until: nil) { $0.missing.isEmpty ? $0.gathered : nil } ?? Gathered()
    }
}
