import Capture
import Linux
import Pcap
import Segments
import SystemPackage

/// Reads the keys of the configuration, in the shape of the file. A key that it does not look up does not exist.
struct SettingsReader {
    private let directory: String
    private let filters: FilterComposer
    /// The capture that writes to a directory.
    private var writers: [FilePath: String] = [:]

    static func settings(_ root: Table, _ draft: ConfigurationParser) -> Settings {
        let entries = NamedEntries(root, draft)
        var reader = SettingsReader(
            directory: root.value("directory", .path, default: Defaults.directory),
            filters: FilterComposer(entries.filters, draft: draft))
        var captures = entries.captures.compactMap { entry in
            entry.table { reader.capture(entry.key, $0) }
        }
        let buffers = root.table("buffers") { BufferGeometry($0, for: captures) } ?? Defaults.buffers
        for index in captures.indices { captures[index].rule.buffers = buffers }
        var settings = Settings(
            captures: captures, filters: reader.filters.all,
            freeSpace: Int64(root.value("free-space", .size(0...Limits.size), default: Defaults.freeSpace)),
            ring: root.table("ring", RingGeometry.init) ?? Defaults.ring,
            processors: root.table("cpus", Processors.init) ?? Processors(),
            control: root.table("control") { ControlSettings($0) } ?? .standard,
            metrics: root.table("metrics") { MetricsSettings($0) } ?? nil)
        settings.directory = reader.directory
        settings.user = root.value("user", .user)
        settings.sandbox = root.value("sandbox", .flag, default: Defaults.sandbox)
        settings.log = root.value("log", .word, default: .auto)
        return settings
    }

    private init(directory: String, filters: FilterComposer) {
        (self.directory, self.filters) = (directory, filters)
    }

    private mutating func capture(_ name: String, _ table: Table) -> Settings.Capture {
        // After an error the default on the right of `??` is never used.
        let filter = table.value("filter", .filter(of: filters)) ?? nil
        let capture = Settings.Capture(
            rule: CaptureRule(
                name: name,
                directory: table.value("directory", .path, default: FilePath(directory).appending(name).string),
                kind: SegmentKind(
                    table.value("format", .word, default: Defaults.format),
                    table.value("compress", .word, default: Defaults.compression)),
                filter: filter?.source.expression,
                snapLength: UInt32(
                    table.value("snap-length", .count(1...Defaults.snapLength), default: Defaults.snapLength)),
                precision: table.value("precision", .word, default: Defaults.precision),
                rotation: table.table("rotate", Rotation.init) ?? Defaults.rotation,
                retention: table.table("keep", RetentionRule.init) ?? Defaults.retention,
                sync: table.value("sync", .word, default: Defaults.sync),
                flush: UInt64(table.value("flush", .milliseconds(10...3_600_000), default: Defaults.flush)) * 1_000_000,
                buffers: Defaults.buffers),
            interface: InterfaceSelection(
                table.requiredValues("interface", .interface), except: table.values("except", .interface)),
            filter: filter,
            promiscuous: table.value("promiscuous", .flag, default: Defaults.promiscuous),
            direction: table.value("direction", .word, default: Defaults.direction),
            position: table.position(of: "interface"))
        claim(capture.rule, table)
        compare(capture.rule, table)
        return capture
    }

    /// Warns if a capture retains less than a segment. Only sealed segments count, and the newest of them stays
    /// whatever its size (I9).
    private func compare(_ rule: CaptureRule, _ table: Table) {
        let (keep, rotation) = (rule.retention, rule.rotation)
        // A compressed segment is smaller than `rotate.size`, by an unknown factor.
        if let most = keep.size, let size = rotation.size, most < size, rule.kind.compression == .none {
            table.warn(
                "'keep.size' (\(Units.size.text(Int(most)))) is less than a segment may have (\(Units.size.text(size)), "
                    + "its 'rotate.size'): of full segments only the newest stays",
                at: "keep")
        }
        if let age = keep.age, let every = rotation.every, age < every {
            table.warn(
                "'keep.age' (\(Units.duration.text(Int(age) * 1000))) is less than the time that a segment may cover "
                    + "(\(Units.duration.text(Int(every) * 1000)), its 'rotate.every'): it is removed that long after it is sealed",
                at: "keep")
        }
    }

    /// Records that a capture uses a directory. Two captures cannot share one, since retention removes the oldest
    /// segments in it.
    private mutating func claim(_ rule: CaptureRule, _ table: Table) {
        let directory = FilePath(rule.directory).lexicallyNormalized()
        if let other = writers[directory] {
            table.note(
                "captures '\(other)' and '\(rule.name)' share the directory \(directory) (each needs its own)",
                at: "directory")
        }
        writers[directory] = writers[directory] ?? rule.name
    }
}

extension Rotation {
    fileprivate init(_ table: Table) {
        self.init(
            size: table.value("size", .size(64 << 10...Limits.size)),
            every: table.value("every", .wholeSeconds(1...Limits.seconds)).map { Int64($0) },
            packets: table.value("packets", .packets(1...Int.max)).map { UInt64($0) })
        table.ensure(!table.isEmpty, "'rotate' names no limit (it has size, every or packets)")
    }
}

extension RetentionRule {
    fileprivate init(_ table: Table) {
        self.init(
            size: table.value("size", .size(1...Limits.size)).map { Int64($0) },
            files: table.value("files", .count(1...Int.max)),
            age: table.value("age", .wholeSeconds(1...Limits.seconds)).map { Int64($0) })
        table.ensure(!table.isEmpty, "'keep' names no limit (it has size, files or age)")
    }
}

extension RingGeometry {
    fileprivate init(_ table: Table) {
        self.init(
            size: table.value("size", .size(Limits.block...Limits.ring), default: Defaults.ring.size),
            block: table.value("block", .powerOfTwo(Limits.block...1 << 30), default: Defaults.ring.block),
            timeout: UInt32(table.value("timeout", .milliseconds(1...1000), default: Int(Defaults.ring.timeout))),
            workers: table.value("workers", .count(1...Limits.workers), default: Defaults.ring.workers))
        let (size, block) = (Units.size.text(size), Units.size.text(block))
        table.ensure(
            self.size.isMultiple(of: self.block) && count >= 2, at: "size",
            "a ring of \(size) is not two or more whole blocks of \(block)")
    }
}

extension BufferGeometry {
    /// A record never spans two buffers. The longest record of any capture must therefore fit in one, behind the
    /// header of a new file.
    fileprivate init(_ table: Table, for captures: [Settings.Capture]) {
        self.init(
            size: table.value("size", .size(4096...Limits.buffer, multipleOf: 4096), default: Defaults.buffers.size),
            count: table.value("count", .count(2...64), default: Defaults.buffers.count))
        guard let rule = captures.map(\.rule).max(by: { $0.smallestBuffer < $1.smallestBuffer }) else { return }
        let needed = rule.smallestBuffer
        table.ensure(
            size >= needed, at: "size",
            "'size' is at least \(needed) bytes, not \(size): a packet of capture '\(rule.name)' has up to "
                + "\(rule.snapLength) bytes (its snap-length) and headers")
    }
}

extension Processors {
    fileprivate init(_ table: Table) {
        self.init(drain: table.list("drain", .processor), writer: table.list("writer", .processor))
    }
}

/// Limits of the kernel and of arithmetic.
private enum Limits {
    /// Bytes. The smallest power of two that holds a packet of the greatest snap length and the kernel's headers.
    static let block = 512 << 10
    /// Bytes. The kernel stores the size of a ring in 32 bits.
    static let ring = (4 << 30) - (1 << 20)
    /// The kernel's default limit for the sockets of one fanout group.
    static let workers = 256
    /// Bytes. One write(2) accepts somewhat less than 2 GiB.
    static let buffer = 1 << 30
    /// 1 EiB and a century. Beyond them a sum of bytes or nanoseconds may overflow a machine word.
    static let size = 1 << 60
    static let seconds = 36_500 * 86_400
}
