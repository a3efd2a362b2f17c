package import Linux

/// The contents of a capture's directory before the capture starts.
///
/// A plain value: only `adopt` and `survey` access the disk, so they may run in any thread or process.
/// `SegmentCatalog` starts with the result.
package struct Adoption: Equatable, Sendable {
    package var capture: String
    /// The path of the directory.
    package var path: String
    /// The file system that contains the directory (st_dev).
    package var device: UInt64
    /// The capture's sealed segments, in no order.
    package var segments: [Sealed]
    /// The results of repairing the open segments that a crash left.
    package var repairs: [Repair]
    /// The number of the capture's open segments that another process is writing.
    package var openElsewhere: Int
    /// The segments in the directory that belong to other captures.
    package var others: [Others]

    /// A sealed segment.
    package struct Sealed: Equatable, Sendable {
        package var name: SegmentName
        /// Bytes of the file.
        package var size: Int64
        /// When the file was last modified, in seconds since 1970 by the wall clock (st_mtime).
        package var changed: Int64

        package init(name: SegmentName, size: Int64, changed: Int64) {
            (self.name, self.size, self.changed) = (name, size, changed)
        }
    }

    /// The segments of one other capture.
    package struct Others: Codable, Equatable, Sendable {
        package var capture: String
        package var segments: Int
        /// The total size of their files, in bytes.
        package var bytes: Int64

        package init(capture: String, segments: Int, bytes: Int64) {
            (self.capture, self.segments, self.bytes) = (capture, segments, bytes)
        }
    }

    package init(
        capture: String, path: String, device: UInt64, segments: [Sealed] = [], repairs: [Repair] = [],
        openElsewhere: Int = 0, others: [Others] = []
    ) {
        (self.capture, self.path, self.device) = (capture, path, device)
        (self.segments, self.repairs) = (segments, repairs)
        (self.openElsewhere, self.others) = (openElsewhere, others)
    }

    /// Repairs and lists the segments in the directory at `path`; creates the directory if it is missing.
    ///
    /// Repairs open segments that a crash left, without using the last `freeSpace` bytes of the file system (I10). A
    /// segment that cannot be repaired stays as it is and does not prevent the capture from starting. `configured`
    /// contains the names of all configured captures.
    ///
    /// Any thread; blocks as long as the disk does. Throws if no segment can be created in the directory.
    package static func adopt(
        _ capture: String, in path: String, configured: [String], freeSpace: Int64
    ) throws(SystemError) -> Adoption {
        try adopt(capture, in: try Directory(making: path), configured: configured, freeSpace: freeSpace) {}
    }

    /// Repairs and lists the segments in an open directory. Calls `progress` often during a repair.
    package static func adopt(
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

    /// Lists the segments in the directory at `path` and changes nothing.
    package static func survey(
        _ capture: String, in path: String, configured: [String]
    ) throws(SystemError) -> Adoption {
        let directory = try Directory(path)
        var found = Adoption(capture: capture, path: path, device: try directory.device())
        let files = try directory.files()
        let ledgers = SegmentOwners.ledgers(among: files.map(\.name))
        found.sort(files, by: SegmentOwners(configured + [capture] + ledgers))
        return found
    }

    /// Assigns each sealed segment to its owner.
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

    /// The number of segments with a name ahead of the clock: the clock was wrong when they were created, or is wrong
    /// now.
    package func misdated(at now: Instant = .now) -> Int { segments.count { $0.name.isAhead(of: now) } }
}
