public import Linux

/// What the directory of a capture holds before the capture begins. A plain value: `adopt` alone touches the disk, so it may
/// run in any thread or process, and `Retention` begins with what it found.
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
        capture: String, path: String, device: UInt64 = 0, segments: [Sealed] = [], repairs: [Repair] = [],
        openElsewhere: Int = 0,
        others: [Others] = []
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
        for file in try directory.files() {
            guard let name = SegmentName(open: file.name, of: capture) else { continue }
            if let repair = Repair(name, in: directory, size: file.size, progress: progress) {
                found.repairs.append(repair)
            } else {
                found.openElsewhere += 1
            }
        }
        for file in try directory.files() {
            guard let name = SegmentName(file.name, of: capture) else { continue }
            found.segments.append(Sealed(name: name, size: file.size, changed: 0))
        }
        return found
    }
}
