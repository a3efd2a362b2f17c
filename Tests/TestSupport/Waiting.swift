import Glibc

/// Waits until `condition` holds. The limit is generous, because only a failure uses it up.
package func eventually(_ what: String, within seconds: Double = 20, _ condition: () throws -> Bool) throws {
    let limit = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < limit else { throw Late(what: what) }
        usleep(5000)
    }
}

/// Waits like `eventually` for an asynchronous condition.
package func eventuallyAsync(
    _ what: String, within seconds: Double = 30, _ condition: () async throws -> Bool
) async throws {
    let limit = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < limit else { throw Late(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Observes for so many seconds that `condition` holds; returns false as soon as it does not. For what must not happen
/// and has no event of its own.
package func staysTrue(for seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
        guard try condition() else { return false }
        usleep(5000)
    } while ContinuousClock.now < end
    return try condition()
}

/// A condition that did not hold in time.
package struct Late: Error, CustomStringConvertible {
    let what: String

    package init(what: String) { self.what = what }

    package var description: String { "waited in vain for \(what)" }
}
