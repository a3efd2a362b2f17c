package import Linux
import SystemPackage

/// Segments that belong to no configured capture, so that no retention removes them.
///
/// Their capture is no longer configured, or writes to another directory now.
package struct Orphans: Sendable {
    package struct Orphan: Equatable, Sendable {
        package var path: String
        /// Bytes of the file.
        package var size: Int64
        /// The capture that the segment belongs to. Without a ledger in the directory, it is a guess from the file's
        /// name.
        package var capture: String
    }

    /// Sorted by path.
    package private(set) var segments: [Orphan] = []
    /// Directories that could not be read.
    package private(set) var failures: [SystemError] = []

    /// Searches the captures' directories and, if `base` is given, `base` and its subdirectories. Changes nothing.
    package init(below base: String?, captures: [(name: String, directory: String)]) {
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
        // A missing directory contains no segments.
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
