/// How far a reload has come. One at a time: a reload that is ordered meanwhile begins when this one has ended.
///
/// A value; the supervisor does what it returns. A reload whose reading takes too long is abandoned: its thread may hang for as
/// long as a file system does, and what it finds is ignored.
struct ReloadProgress {
    enum Phase: Equatable {
        case idle
        /// The configuration is being read.
        case reading
        /// Taps are being opened and prepared, or wait for their turn.
        case opening
        /// In force in the kernel; so many taps have not taken it over yet.
        case takingOver(missing: Int)
    }

    /// What comes of an order to reload.
    enum Start: Equatable {
        /// Read the configuration, as the reload with this number.
        case read(Int)
        /// Another reload is under way; this one follows.
        case follows
        /// As many as may be abandoned are.
        case refused(String)
    }

    private(set) var phase = Phase.idle
    /// The number of the reload under way, or of the last one.
    private(set) var number = 0
    /// When it began, by the monotonic clock.
    private(set) var began: UInt64 = 0
    private(set) var succeeded = 0
    private(set) var failed = 0
    /// Whether the configuration was not right when it was read last.
    private(set) var isRefused = false
    private var isFollowed = false
    /// Reloads whose reading has not come back.
    private var abandoned: Set<Int> = []

    /// How many readings may hang.
    static let mostAbandoned = 4
    /// Seconds for a configuration to be read.
    static let patience = 30

    var isUnderWay: Bool { phase != .idle }

    mutating func order(at now: UInt64) -> Start {
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

    /// The configuration has been read. False: nothing waits for that any more.
    mutating func read(_ number: Int) -> Bool {
        abandoned.remove(number)
        guard phase == .reading, number == self.number else { return false }
        phase = .opening
        return true
    }

    /// The time for reading is over. True: the reload is abandoned.
    mutating func late(_ number: Int) -> Bool {
        guard phase == .reading, number == self.number else { return false }
        abandoned.insert(number)
        return true
    }

    /// The new filters are in force in the kernel. True: no tap has to take anything over.
    mutating func isInForce(missing: Int) -> Bool {
        phase = .takingOver(missing: missing)
        return missing == 0
    }

    /// A tap has taken the reload over. True: it was the last.
    mutating func tookOver(_ number: Int) -> Bool {
        guard number == self.number, case .takingOver(let missing) = phase, missing > 0 else { return false }
        phase = .takingOver(missing: missing - 1)
        return missing == 1
    }

    /// The reload has ended. True: another one is to begin.
    mutating func end(refused: Bool) -> Bool {
        (phase, isRefused) = (.idle, refused)
        if refused { failed += 1 } else { succeeded += 1 }
        defer { isFollowed = false }
        return isFollowed
    }
}
