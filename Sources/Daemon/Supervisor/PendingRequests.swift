import Control
import Linux

/// Orders that wait for threads of the data plane, and who waits for them.
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
    /// Of the reload that is on its way.
    private var reloads: [Int: Reply<Reloaded>] = [:]
    /// Of the one after it.
    private var nextReloads: [Int: Reply<Reloaded>] = [:]

    /// Of previews of a reload.
    private var previews: [Int: Reply<ReloadPreview>] = [:]
    /// Previews whose thread has not come back, also when nobody waits any more.
    private var previewing: Set<Int> = []
    /// How many of those there may be.
    private static let mostPreviews = 4

    /// A number for an order.
    mutating func number() -> Int {
        last += 1
        return last
    }

    // Rotations

    /// These taps have been ordered to end the open segment of a capture.
    mutating func add(_ number: Int, rotationOf capture: String, taps: Set<Int>, _ reply: Reply<Rotated>) {
        rotations[number] = Rotation(capture: capture, missing: taps, reply: reply)
        finish(number)
    }

    /// A writer has ended its segment: its path, or why it could not.
    mutating func sealed(_ number: Int, tap: Int, _ result: Result<String?, SystemError>) {
        guard rotations[number]?.missing.remove(tap) != nil else { return }
        switch result {
        case .success(let path): rotations[number]?.segments += path.map { [$0] } ?? []
        case .failure(let error): rotations[number]?.failure = error
        }
        finish(number)
    }

    /// Who has not answered by now will not.
    mutating func ended(tap: Int) {
        for (number, rotation) in rotations where rotation.missing.contains(tap) {
            sealed(number, tap: tap, .success(nil))
        }
    }

    private mutating func finish(_ number: Int) {
        guard let rotation = rotations[number], rotation.missing.isEmpty else { return }
        rotations[number] = nil
        if let failure = rotation.failure {
            let sentence = "capture \(rotation.capture): \(failure); it is tried again until the disk takes it"
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

    /// The reload on its way is in force, or will not be; who waits for the next one is next.
    mutating func finishReload(_ result: Result<Reloaded, ControlFailure>) {
        for reply in reloads.values { reply.resume(returning: result) }
        (reloads, nextReloads) = (nextReloads, [:])
    }

    // Previews

    /// A preview is wanted. False, and it is answered, when too many are under way.
    mutating func add(_ number: Int, preview reply: Reply<ReloadPreview>) -> Bool {
        guard previewing.count < PendingRequests.mostPreviews else {
            let sentence = "\(previewing.count) earlier previews still wait for a file system or a resolver"
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

    /// It has taken as long as anybody waits. It goes on all the same.
    mutating func late(_ number: Int) {
        let sentence = "it is under way, and takes longer than usual: perhaps a disk does not answer"
        rotations.removeValue(forKey: number)?.reply.resume(returning: .failure(.late(sentence)))
        previews.removeValue(forKey: number)?.resume(returning: .failure(.late(sentence)))
        reloads.removeValue(forKey: number)?.resume(returning: .failure(.late(sentence)))
        nextReloads.removeValue(forKey: number)?.resume(returning: .failure(.late(sentence)))
    }

    /// Nothing will be done any more.
    mutating func dismiss() {
        for rotation in rotations.values { rotation.reply.resume(returning: .failure(.stopping)) }
        for reply in previews.values { reply.resume(returning: .failure(.stopping)) }
        (rotations, previews) = ([:], [:])
        finishReload(.failure(.stopping))
        finishReload(.failure(.stopping))
    }
}
