package import Linux
import SystemPackage

/// Removes the files of expired segments.
package struct SegmentRemover: Sendable {
    private let operation: @Sendable (_ name: String, _ path: String) throws(SystemError) -> Bool

    package init(_ operation: @escaping @Sendable (_ name: String, _ path: String) throws(SystemError) -> Bool) {
        self.operation = operation
    }

    /// Removes the file `name` from the directory at `path`; returns false if the file is missing or not a regular
    /// file. Waits for the disk.
    package func remove(_ name: String, _ path: String) throws(SystemError) -> Bool { try operation(name, path) }

    /// Removes in the calling thread: a writer, which works on that disk anyway.
    package static let thisThread = SegmentRemover { (name, path) throws(SystemError) -> Bool in
        do throws(SystemError) { return try Directory(path).removeFile(name) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
            return false
        }
    }
}
