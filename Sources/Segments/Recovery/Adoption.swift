public import Linux

/// What the directory of a capture holds before the capture begins. A plain value: `adopt` alone touches the disk, so it may
/// run in any thread or process, and `SegmentCatalog` begins with what it found.
public struct Adoption: Equatable, Sendable {
    public var capture: String
    /// The directory.
    public var path: String
    /// The file system that it is on (st_dev).
    public var device: UInt64
    /// The capture's sealed segments, in no order.
    public var segments: [Sealed]
    /// What became of open segments that a crash has left.
    public var repairs: [Repair]
    /// How many of its open segments another process is writing.
    public var openElsewhere: Int
    /// Segments in the directory that are of other captures.
    public var others: [Others]

    /// A sealed segment.
    public struct Sealed: Equatable, Sendable {
        public var name: SegmentName
        /// Bytes of the file.
        public var size: Int64
        /// When the file was written last, in seconds since 1970 by the wall clock (st_mtime).
        public var changed: Int64

        public init(name: SegmentName, size: Int64, changed: Int64) {
            (self.name, self.size, self.changed) = (name, size, changed)
        }
    }

    /// The segments of one other capture.
    public struct Others: Codable, Equatable, Sendable {
        public var capture: String
        public var segments: Int
        /// Bytes of their files.
        public var bytes: Int64

        public init(capture: String, segments: Int, bytes: Int64) {
            (self.capture, self.segments, self.bytes) = (capture, segments, bytes)
        }
    }

    public init(
        capture: String, path: String, device: UInt64, segments: [Sealed] = [], repairs: [Repair] = [],
        openElsewhere: Int = 0, others: [Others] = []
    ) {
        (self.capture, self.path, self.device) = (capture, path, device)
        (self.segments, self.repairs) = (segments, repairs)
        (self.openElsewhere, self.others) = (openElsewhere, others)
    }

    /// Finds what is in the directory at `path`, which is made where it is missing; throws where no segment could be made in
    /// it. Open segments that a crash has left are repaired first, and `freeSpace` bytes of the file system are left alone;
    /// one that cannot be repaired is left where it is, and is no reason not to begin. `configured` names every capture of the
    /// configuration. Any thread; takes as long as the disk does.
    public static func adopt(
        _ capture: String, in path: String, configured: [String], freeSpace: Int64
    ) throws(SystemError) -> Adoption {
        try adopt(capture, in: try Directory(making: path), configured: configured, freeSpace: freeSpace) {}
    }

    /// The same in a directory that is open. `progress` is called while a repair goes on, often.
    public static func adopt(
        _ capture: String, in directory: borrowing Directory, configured: [String], freeSpace: Int64,
        progress: () -> Void
    ) throws(SystemError) -> Adoption {
        try directory.checkWritable()
        var found = Adoption(capture: capture, path: directory.path, device: try directory.device())
        let before = try directory.files()
        let owners = SegmentOwners(configured + [capture] + SegmentOwners.ledgers(among: before.map(\.name)))
        for file in before {
            guard let name = owners.name(open: file.name), name.capture == capture else { continue }
            let repair = Repair(
                name, in: directory, size: file.size, leaving: freeSpace, progress: progress)
            if let repair {
                found.repairs.append(repair)
            } else {
                found.openElsewhere += 1
            }
        }
        found.sort(try directory.files(), by: owners)
        return found
    }

    /// Looks at what is in the directory at `path`, and changes nothing.
    public static func survey(
        _ capture: String, in path: String, configured: [String]
    ) throws(SystemError) -> Adoption {
        let directory = try Directory(path)
        var found = Adoption(capture: capture, path: path, device: try directory.device())
        let files = try directory.files()
        let ledgers = SegmentOwners.ledgers(among: files.map(\.name))
        found.sort(files, by: SegmentOwners(configured + [capture] + ledgers))
        return found
    }

    /// Takes note of sealed segments, each by its owner.
    private mutating func sort(_ files: [Directory.Entry], by owners: SegmentOwners) {
        var others: [String: Others] = [:]
        for file in files {
            if let name = owners.name(file.name), name.capture == capture {
                segments.append(Sealed(name: name, size: file.size, changed: file.changed))
            } else if let other = owners.name(file.name)?.capture ?? SegmentOwners.guess(file.name) {
                let sum = others[other] ?? Others(capture: other, segments: 0, bytes: 0)
                others[other] = Others(capture: other, segments: sum.segments + 1, bytes: sum.bytes + file.size)
            }
        }
        self.others = others.values.sorted { $0.capture < $1.capture }
    }

    /// How many of the segments are named ahead of the clock: it was wrong when they were made, or is now.
    public func misdated(at now: Instant = .now) -> Int { segments.count { $0.name.isAhead(of: now) } }
}
