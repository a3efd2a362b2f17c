package import DequeModule
package import Linux

/// The sealed segments of one capture in the order in which they expire, and what a rule lets stay. A plain value: no lock, no
/// disk.
///
/// Names alone do not say which segment is the oldest, since the clock that made them may have been wrong. A segment that this
/// process has sealed is newer than all that it found, and newer than all that it sealed before, whatever its name says. Of
/// those that it found, the name decides; where that is ahead of the clock, the time at which the file was written; where that is,
/// too, the segment is undated, and comes first.
package struct Inventory: Sendable {
    package struct Held: Equatable, Sendable {
        package var name: SegmentName
        /// Bytes of the file.
        package var size: Int64
        package var dating: Dating
        /// When its first packet came, as far as that is known, by the elapsed clock.
        package var since: Int64
        /// Its place among all segments of all captures, by the elapsed clock: less is older.
        package var rank: Int64
    }

    /// What the age of a segment is known by.
    package enum Dating: Equatable, Sendable {
        /// This process has sealed it.
        case sealed
        case name
        /// The time at which the file was written, as the name is ahead of the clock.
        case file
        /// Nothing: only since when it is known.
        case undated
    }

    package var rule: RetentionRule { didSet { nextScan = .min } }
    /// Oldest first.
    package private(set) var segments: Deque<Held> = []
    /// Bytes of all of them.
    package private(set) var bytes: Int64 = 0
    /// When the next segment may become too old, by the elapsed clock; `.min` when that is not known.
    private var nextScan: Int64 = .min
    /// The longest wait between two looks at the ages, in nanoseconds, as the wall clock may be set meanwhile.
    private static let longestWait: Int64 = 3_600_000_000_000

    /// What was found in a directory at `now`.
    package init(_ rule: RetentionRule, found: [Adoption.Sealed], at now: Instant) {
        self.rule = rule
        segments = Deque(found.map { Held($0, at: now) })
        sort()
        bytes = segments.reduce(0) { $0 + $1.size }
    }

    private mutating func sort() {
        segments.sort { ($0.rank, $0.name.start, $0.name.sealed) < ($1.rank, $1.name.start, $1.name.sealed) }
    }

    /// Adds a segment that was sealed at `now` and begun at `opened`, by the elapsed clock.
    package mutating func add(_ name: SegmentName, size: Int64, opened: Int64, at now: Instant) {
        segments.append(Held(name: name, size: size, dating: .sealed, since: opened, rank: now.elapsed))
        bytes += size
        if let age = rule.age { nextScan = min(nextScan, segments[segments.count - 1].expiry(after: age, at: now)) }
    }

    /// Takes out what the rule no longer lets stay, oldest first. The last segment stays whatever its size.
    package mutating func expire(at now: Instant) -> [(segment: Held, reason: Removal.Reason)] {
        date(at: now)
        var expired: [(segment: Held, reason: Removal.Reason)] = []
        if let age = rule.age, nextScan <= now.elapsed {
            nextScan = .max
            var staying: Deque<Held> = []
            for segment in segments {
                let expiry = segment.expiry(after: age, at: now)
                if expiry <= now.elapsed {
                    expired.append((segment, .age))
                    bytes -= segment.size
                } else {
                    staying.append(segment)
                    nextScan = min(nextScan, expiry, now.elapsed + Inventory.longestWait)
                }
            }
            segments = staying
        }
        while let reason = excess, let segment = takeOldest() { expired.append((segment, reason)) }
        return expired
    }

    /// Which limit the segments exceed, apart from their age.
    private var excess: Removal.Reason? {
        guard segments.count > 1 else { return nil }
        if segments.count > rule.files ?? .max { return .files }
        return bytes > rule.size ?? .max ? .size : nil
    }

    /// Takes out the oldest segment.
    package mutating func takeOldest() -> Held? {
        guard let oldest = segments.popFirst() else { return nil }
        bytes -= oldest.size
        return oldest
    }

    /// Believes the name of a segment that the clock has caught up with, as it does when it was behind and is set right.
    private mutating func date(at now: Instant) {
        guard segments.prefix(while: { $0.dating == .undated }).contains(where: { !$0.name.isAhead(of: now) })
        else { return }
        for index in segments.indices where segments[index].dating == .undated {
            let (name, size) = (segments[index].name, segments[index].size)
            if !name.isAhead(of: now) { segments[index] = Held(name, size: size, dating: .name, at: now) }
        }
        sort()
        nextScan = .min
    }

    /// How long until `expire` has something to do, in nanoseconds; nil when it never will as things are.
    package func delay(at now: Instant) -> Int64? {
        if excess != nil { return 0 }
        guard rule.age != nil, !segments.isEmpty else { return nil }
        return nextScan == .min ? 0 : min(max(0, nextScan - now.elapsed), Inventory.longestWait)
    }

    /// When the first packet of the oldest segment came whose name can be believed.
    package var oldest: Timestamp? { (segments.first { $0.dating != .undated } ?? segments.first)?.name.start }

    /// How many are named ahead of the clock.
    package var misdated: Int {
        segments.prefix(while: { $0.dating != .sealed }).count { $0.dating == .undated || $0.dating == .file }
    }
}

extension Inventory.Held {
    /// One that was found at `now`.
    fileprivate init(_ found: Adoption.Sealed, at now: Instant) {
        if !found.name.isAhead(of: now) {
            self.init(found.name, size: found.size, dating: .name, at: now)
        } else if found.changed <= now.wall / .nanosecondsPerSecond {
            let since = now.elapsed - (now.wall - max(0, found.changed) * .nanosecondsPerSecond)
            self.init(name: found.name, size: found.size, dating: .file, since: since, rank: since)
        } else {
            self.init(found.name, size: found.size, dating: .undated, at: now)
        }
    }

    /// One whose name is the best that is known of its time. None that was found is newer than one that is sealed from now on.
    fileprivate init(_ name: SegmentName, size: Int64, dating: Inventory.Dating, at now: Instant) {
        if dating == .undated {
            self.init(name: name, size: size, dating: dating, since: now.elapsed, rank: .min)
        } else {
            let since = min(now.elapsed, now.elapsed - (now.wall - name.start.nanosecondsSince1970))
            self.init(name: name, size: size, dating: dating, since: since, rank: since)
        }
    }

    /// When it becomes older than `age` seconds, by the elapsed clock. One that is older when it is sealed stays as long again. A
    /// clock that was ahead at the start and was set back makes what was found younger; no step makes anything older.
    fileprivate func expiry(after age: Int64, at now: Instant) -> Int64 {
        let age = age * .nanosecondsPerSecond
        return switch dating {
        case .sealed: (rank - since > age ? rank : since) + age + 1
        case .name: max(since, now.elapsed - (now.wall - name.start.nanosecondsSince1970)) + age + 1
        case .file, .undated: since + age + 1
        }
    }
}
