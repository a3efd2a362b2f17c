package import DequeModule
package import Linux

/// The sealed segments of one capture in the order in which they expire, and the rule that retains them.
///
/// A plain value without locks or disk access.
///
/// A segment's name alone does not determine its age, since the clock may have been wrong when it was created. A
/// segment that this process sealed is newer than all segments found at the start and newer than those sealed before
/// it, whatever its name. A segment found at the start is dated by its name. If the name is ahead of the clock, the
/// file's modification time dates it. If that is ahead, too, the segment is undated and expires first.
package struct Inventory: Sendable {
    package struct Held: Equatable, Sendable {
        package var name: SegmentName
        /// Bytes of the file.
        package var size: Int64
        package var dating: Dating
        /// When its first packet arrived, as far as known, by the elapsed clock.
        package var since: Int64
        /// Its position among all segments of all captures, by the elapsed clock; a lower rank is older.
        package var rank: Int64
    }

    /// The source of a segment's age.
    package enum Dating: Equatable, Sendable {
        /// This process sealed the segment.
        case sealed
        case name
        /// The file's modification time, because the name is ahead of the clock.
        case file
        /// None; the segment's age counts from when it was found.
        case undated
    }

    package var rule: RetentionRule { didSet { nextScan = .min } }
    /// Sorted from the oldest to the newest.
    package private(set) var segments: Deque<Held> = []
    /// Their total size.
    package private(set) var bytes: Int64 = 0
    /// When the next segment may exceed the age limit, by the elapsed clock; `.min` if unknown.
    private var nextScan: Int64 = .min
    /// The longest interval between two checks of the ages, in nanoseconds. The wall clock may be set in between.
    private static let longestWait: Int64 = 3_600_000_000_000

    /// Starts with the segments found in a directory at `now`.
    package init(_ rule: RetentionRule, found: [Adoption.Sealed], at now: Instant) {
        self.rule = rule
        segments = Deque(found.map { Held($0, at: now) })
        sort()
        bytes = segments.reduce(0) { $0 + $1.size }
    }

    private mutating func sort() {
        segments.sort { ($0.rank, $0.name.start, $0.name.sealed) < ($1.rank, $1.name.start, $1.name.sealed) }
    }

    /// Adds a segment that was sealed at `now` and opened at `opened`, by the elapsed clock.
    package mutating func add(_ name: SegmentName, size: Int64, opened: Int64, at now: Instant) {
        segments.append(Held(name: name, size: size, dating: .sealed, since: opened, rank: now.elapsed))
        bytes += size
        if let age = rule.age { nextScan = min(nextScan, segments[segments.count - 1].expiry(after: age, at: now)) }
    }

    /// Removes and returns the segments that the rule does not retain, oldest first. `size` and `files` never expire
    /// the newest segment (I9).
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

    /// The limit that the segments exceed, other than `age`.
    private var excess: Removal.Reason? {
        guard segments.count > 1 else { return nil }
        if segments.count > rule.files ?? .max { return .files }
        return bytes > rule.size ?? .max ? .size : nil
    }

    /// Removes and returns the oldest segment.
    package mutating func takeOldest() -> Held? {
        guard let oldest = segments.popFirst() else { return nil }
        bytes -= oldest.size
        return oldest
    }

    /// Dates undated segments by name once their names are no longer ahead of the clock. That happens when a clock
    /// that was behind is corrected.
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

    /// The time until `expire` has work to do, in nanoseconds; nil if it has none unless something changes.
    package func delay(at now: Instant) -> Int64? {
        if excess != nil { return 0 }
        guard rule.age != nil, !segments.isEmpty else { return nil }
        return nextScan == .min ? 0 : min(max(0, nextScan - now.elapsed), Inventory.longestWait)
    }

    /// Timestamp of the first packet of the oldest dated segment, or of the oldest one if all are undated.
    package var oldest: Timestamp? { (segments.first { $0.dating != .undated } ?? segments.first)?.name.start }

    /// The number of segments whose names were ahead of the clock.
    package var misdated: Int {
        segments.prefix(while: { $0.dating != .sealed }).count { $0.dating == .undated || $0.dating == .file }
    }
}

extension Inventory.Held {
    /// A segment found at `now`.
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

    /// A segment dated by its name, or undated. No segment found at the start is newer than those sealed from now on.
    fileprivate init(_ name: SegmentName, size: Int64, dating: Inventory.Dating, at now: Instant) {
        if dating == .undated {
            self.init(name: name, size: size, dating: dating, since: now.elapsed, rank: .min)
        } else {
            let since = min(now.elapsed, now.elapsed - (now.wall - name.start.nanosecondsSince1970))
            self.init(name: name, size: size, dating: dating, since: since, rank: since)
        }
    }

    /// When the segment becomes older than `age` seconds, by the elapsed clock. A segment that exceeds the age when it
    /// is sealed is retained for that time again. If a clock that was ahead at the start is set back, the segments
    /// found become younger; no clock step makes a segment older.
    fileprivate func expiry(after age: Int64, at now: Instant) -> Int64 {
        let age = age * .nanosecondsPerSecond
        return switch dating {
        case .sealed: (rank - since > age ? rank : since) + age + 1
        case .name: max(since, now.elapsed - (now.wall - name.start.nanosecondsSince1970)) + age + 1
        case .file, .undated: since + age + 1
        }
    }
}
