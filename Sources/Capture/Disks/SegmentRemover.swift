public import Linux
import SystemPackage

/// Who removes the files of expired segments.
public struct SegmentRemover: Sendable {
    /// Removes the file `name` of the directory at `path`; false when it was gone already, or is no regular file. Takes as long as the
    /// disk does.
    public let remove: @Sendable (_ name: String, _ path: String) throws(SystemError) -> Bool

    public init(_ remove: @escaping @Sendable (_ name: String, _ path: String) throws(SystemError) -> Bool) {
        self.remove = remove
    }

    /// The calling thread: a writer, which works on that disk anyway.
    public static let thisThread = SegmentRemover { (name, path) throws(SystemError) -> Bool in
        do throws(SystemError) { return try Directory(path).removeFile(name) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
            return false
        }
    }
}
