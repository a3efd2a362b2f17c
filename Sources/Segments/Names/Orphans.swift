public import Linux
import SystemPackage

/// Segments that belong to no configured capture, so that no retention ever removes them: left by a capture that is no longer
/// configured, or that writes elsewhere now.
public struct Orphans: Sendable {
    public struct Orphan: Equatable, Sendable {
        public var path: String
        /// Bytes of the file.
        public var size: Int64
        /// The capture that it is of; without a ledger in the directory, what its name makes likely.
        public var capture: String
    }

    /// By path.
    public private(set) var segments: [Orphan] = []
    /// Directories that could not be read.
    public private(set) var failures: [SystemError] = []

    /// Looks through the directories of the captures, given by name, and, where it is known, `base` and the directories in it. Changes
    /// nothing.
    public init(below base: String?, captures: [(name: String, directory: String)]) {
        let names = captures.map(\.name)
        var directories = Set(captures.map(\.directory))
        if let base {
            directories.insert(base)
            do { directories.formUnion(try Directory(base).folders().map { base + "/" + $0 }) } catch { note(error) }
        }
        for directory in directories {
            let owner = captures.first { $0.directory == directory }?.name
            do { try add(directory, of: owner, configured: names) } catch { note(error) }
        }
        segments.sort { $0.path < $1.path }
        failures.sort { $0.subject < $1.subject }
    }

    private mutating func note(_ error: SystemError) {
        // One that is not there has none.
        if error.errno != .noSuchFileOrDirectory { failures.append(error) }
    }

    private mutating func add(
        _ directory: String, of owner: String?, configured: [String]
    ) throws(SystemError) {
        let files = try Directory(directory).files()
        let owners = SegmentOwners(configured + SegmentOwners.ledgers(among: files.map(\.name)))
        for file in files {
            let isOpen = file.name.hasSuffix(SegmentName.openSuffix)
            let sealed = isOpen ? String(file.name.dropLast(SegmentName.openSuffix.count)) : file.name
            guard let capture = owners.name(sealed)?.capture ?? SegmentOwners.guess(sealed), capture != owner else {
                continue
            }
            segments.append(Orphan(path: directory + "/" + file.name, size: file.size, capture: capture))
        }
    }
}
