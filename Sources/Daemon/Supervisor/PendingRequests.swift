import Control
import Linux
import Rules

/// The commands that wait for threads of the data plane, with their clients.
struct PendingRequests {
    private struct Rotation {
        var capture: String
        /// The taps whose writer has not answered yet.
        var missing: Set<Int>
        var segments: [String] = []
        var failure: SystemError?
        var reply: Reply<Rotated>
    }

    private var last = 0
    private var rotations: [Int: Rotation] = [:]
    /// Clients of the running reload.
    private var reloads: [Int: Reply<Reloaded>] = [:]
    /// Clients of the reload after it.
    private var nextReloads: [Int: Reply<Reloaded>] = [:]

    /// Clients of previews.
    private var previews: [Int: Reply<ReloadPreview>] = [:]
    /// Previews whose thread has not returned, even if no client waits for them any more.
    private var previewing: Set<Int> = []
    /// Most such previews.
    private static let mostPreviews = 4

    /// A number for a new command.
    mutating func number() -> Int {
        last += 1
        return last
    }

    // Rotations

    /// Adds a rotation that these taps were asked to do.
    mutating func add(_ number: Int, rotationOf capture: String, taps: Set<Int>, _ reply: Reply<Rotated>) {
        rotations[number] = Rotation(capture: capture, missing: taps, reply: reply)
        finish(number)
    }

    /// Notes that a writer has sealed its segment, with its path, or why it cannot.
    mutating func sealed(_ number: Int, tap: Int, _ result: Result<String?, SystemError>) {
        guard rotations[number]?.missing.remove(tap) != nil else { return }
        switch result {
        case .success(let path): rotations[number]?.segments += path.map { [$0] } ?? []
        case .failure(let error): rotations[number]?.failure = error
        }
        finish(number)
    }

    /// Notes that a tap has ended, and will not answer.
    mutating func ended(tap: Int) {
        for (number, rotation) in rotations where rotation.missing.contains(tap) {
            sealed(number, tap: tap, .success(nil))
        }
    }

    private mutating func finish(_ number: Int) {
        guard let rotation = rotations[number], rotation.missing.isEmpty else { return }
        rotations[number] = nil
        if let failure = rotation.failure {
            let sentence = "capture \(rotation.capture): \(failure); the writer retries until the disk accepts it"
            rotation.reply.resume(returning: .failure(.failed(sentence)))
        } else {
            let rotated = Rotated(capture: rotation.capture, segments: rotation.segments.sorted())
            rotation.reply.resume(returning: .success(rotated))
        }
    }

    // Reloads

    mutating func add(_ number: Int, reload reply: Reply<Reloaded>, isNext: Bool) {
        if isNext { nextReloads[number] = reply } else { reloads[number] = reply }
    }

    /// Ends the running reload; the clients of the next one become current.
    mutating func finishReload(_ result: Result<Reloaded, ControlFailure>) {
        for reply in reloads.values { reply.resume(returning: result) }
        (reloads, nextReloads) = (nextReloads, [:])
    }

    // Previews

    /// Adds a preview. If too many are running, answers it with a failure and returns false.
    mutating func add(_ number: Int, preview reply: Reply<ReloadPreview>) -> Bool {
        guard previewing.count < PendingRequests.mostPreviews else {
            let sentence =
                "\(previewing.count) earlier previews still wait for a file system or a resolver that does not answer"
            reply.resume(returning: .failure(.failed(sentence)))
            return false
        }
        previews[number] = reply
        previewing.insert(number)
        return true
    }

    mutating func previewed(_ number: Int, _ result: Result<ReloadPreview, ControlFailure>) {
        previewing.remove(number)
        previews.removeValue(forKey: number)?.resume(returning: result)
    }

    // Ends

    /// Answers a client that has waited long enough. The work continues.
    mutating func late(_ number: Int) {
        let sentence = "the command is still running: perhaps a disk does not answer"
        rotations.removeValue(forKey: number)?.reply.resume(returning: .failure(.late(sentence)))
        previews.removeValue(forKey: number)?.resume(returning: .failure(.late(sentence)))
        reloads.removeValue(forKey: number)?.resume(returning: .failure(.late(sentence)))
        nextReloads.removeValue(forKey: number)?.resume(returning: .failure(.late(sentence)))
    }

    /// Answers all clients: the daemon stops.
    mutating func dismiss() {
        for rotation in rotations.values { rotation.reply.resume(returning: .failure(.stopping)) }
        for reply in previews.values { reply.resume(returning: .failure(.stopping)) }
        (rotations, previews) = ([:], [:])
        finishReload(.failure(.stopping))
        finishReload(.failure(.stopping))
    }
}
