import Capture
import Linux
import SystemPackage

/// What becomes of the adoption of a capture's directory, in the order in which it happens.
enum AdoptionEvent: Sendable {
    /// Its disk has not answered for so long. `adopted` or `failed` comes when it does.
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

/// Looks through the directories of captures, each as fast as its own disk: made where they are missing, open segments of a crash
/// repaired, sealed ones found.
struct Adopter: Sendable {
    let helper: DiskHelper

    /// Returns at once. `report` is called once for each capture with `adopted` or `failed`, and may be called with `noAnswer` before, by
    /// the thread that speaks with the helper; it must return at once. `configured` names every capture of the configuration;
    /// a repair leaves `freeSpace` bytes of its file system free.
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

    /// What is known once every disk has answered, or has been silent for too long.
    struct Gathered: Sendable {
        var found: [Adoption] = []
        var failed: [(capture: String, error: SystemError)] = []
        /// Captures whose directory has not answered: it may, later.
        var silent: [(capture: String, error: SystemError)] = []
    }

    /// The same for a thread that may wait; it does not wait for directories that are known to be `silent`. What becomes of silent
    /// ones afterwards goes to `later`, without `noAnswer`.
    func gather(
        _ captures: [(name: String, directory: String)], configured: [String], freeSpace: Int64,
        silent: Set<String> = [],
        later: @escaping @Sendable (AdoptionEvent) -> Void = { _ in }
    ) -> Gathered {
        var gathered = Gathered()
        for (name, directory) in captures where silent.contains(directory) {
            let error = SystemError(
                "look through", directory, .resourceTemporarilyUnavailable, advice: "its file system does not answer")
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
                        "look through", directory, .resourceTemporarilyUnavailable,
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
