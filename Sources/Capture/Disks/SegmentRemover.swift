public import Linux
import SystemPackage

/// Removes the files of expired segments.
public struct SegmentRemover: Sendable {
    /// Removes the file `name` from the directory at `path`; returns false if the file is missing or not a regular
    /// file. Waits for the disk.
    public let remove: @Sendable (_ name: String, _ path: String) throws(SystemError) -> Bool

    public init(_ remove: @escaping @Sendable (_ name: String, _ path: String) throws(SystemError) -> Bool) {
        self.remove = remove
    }

    /// Removes in the calling thread: a writer, which works on that disk anyway.
    public static let thisThread = SegmentRemover { (name, path) throws(SystemError) -> Bool in
        do throws(SystemError) { return try Directory(path).removeFile(name) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
            return false
        }
    }
}
