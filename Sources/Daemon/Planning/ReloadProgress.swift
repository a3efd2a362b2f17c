/// The progress of a reload. There is one at a time: a reload that is requested meanwhile starts when this one has
/// ended.
///
/// A value whose results the supervisor carries out. A reload that takes too long to read is abandoned: its thread
/// may hang as long as a file system does, and its result is ignored (I12).
struct ReloadProgress {
    enum Phase: Equatable {
        case idle
        /// The configuration is being read.
        case reading
        /// Taps are being opened and prepared, or wait for their turn.
        case opening
        /// The kernel has the new filters; `missing` taps have not acknowledged yet.
        case takingOver(missing: Int)
    }

    /// The response to a command to reload.
    enum Start: Equatable {
        /// Read the configuration, as the reload with this number.
        case read(Int)
        /// Another reload is running; this one follows.
        case follows
        /// Too many abandoned readings exist.
        case refused(String)
    }

    private(set) var phase = Phase.idle
    /// The number of the running or the last reload.
    private(set) var number = 0
    /// Its start, by the monotonic clock.
    private(set) var began: UInt64 = 0
    private(set) var succeeded = 0
    private(set) var failed = 0
    /// Whether the last configuration was rejected.
    private(set) var isRefused = false
    private var isFollowed = false
    /// Reloads whose reading has not returned.
    private var abandoned: Set<Int> = []

    /// Most readings that may hang.
    static let mostAbandoned = 4
    /// Longest time to read a configuration, in seconds.
    static let patience = 30

    var isUnderWay: Bool { phase != .idle }

    mutating func request(at now: UInt64) -> Start {
        guard !isUnderWay else {
            isFollowed = true
            return .follows
        }
        guard abandoned.count < ReloadProgress.mostAbandoned else {
            return .refused(
                "\(abandoned.count) earlier reloads still wait for a file system or a resolver that does not answer")
        }
        number += 1
        (phase, began) = (.reading, now)
        return .read(number)
    }

    /// Notes that the configuration was read. Returns false if the reload was abandoned.
    mutating func read(_ number: Int) -> Bool {
        abandoned.remove(number)
        guard phase == .reading, number == self.number else { return false }
        phase = .opening
        return true
    }

    /// Notes that the time for reading has passed. Returns true if the reload is abandoned.
    mutating func late(_ number: Int) -> Bool {
        guard phase == .reading, number == self.number else { return false }
        abandoned.insert(number)
        return true
    }

    /// Notes that the kernel has the new filters. Returns true if no tap has to acknowledge.
    mutating func isInForce(missing: Int) -> Bool {
        phase = .takingOver(missing: missing)
        return missing == 0
    }

    /// Notes that a tap has acknowledged. Returns true if it was the last one.
    mutating func tookOver(_ number: Int) -> Bool {
        guard number == self.number, case .takingOver(let missing) = phase, missing > 0 else { return false }
        phase = .takingOver(missing: missing - 1)
        return missing == 1
    }

    /// Ends the reload. Returns true if another one must start.
    mutating func end(refused: Bool) -> Bool {
        (phase, isRefused) = (.idle, refused)
        if refused { failed += 1 } else { succeeded += 1 }
        defer { isFollowed = false }
        return isFollowed
    }
}
