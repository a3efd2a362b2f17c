import Glibc
import SystemPackage

/// The files that a value of the key `include` names.
enum IncludedFiles {
    /// The greatest number of files per pattern: a wrong pattern must not make the daemon read a whole disk.
    static let most = 1000

    /// Why the files cannot be determined.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Returns the path itself. If its last component is a shell pattern, returns the paths that match it, sorted by
    /// their bytes; none if the directory is missing. A pattern matches no name that begins with a period. Source:
    /// fnmatch(3).
    static func paths(_ pattern: FilePath) throws(Failure) -> [String] {
        guard let name = pattern.lastComponent?.string, name.contains(where: { "*?[".contains($0) }) else {
            return [pattern.string]
        }
        let folder = pattern.removingLastComponent()
        let names = try names(in: folder.isEmpty ? "." : folder.string)
            .filter { unsafe fnmatch(name, $0, FNM_PERIOD) == 0 }
        guard names.count <= most else {
            throw Failure(description: "'include' matches more than \(most) files: \(pattern)")
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { folder.appending($0).string }
    }

    private static func names(in folder: String) throws(Failure) -> [String] {
        guard let directory = unsafe opendir(folder) else {
            let reason = Errno(rawValue: errno)
            if reason == .noSuchFileOrDirectory { return [] }
            throw Failure(description: "cannot read the directory \(folder): \(reason)")
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            names.append(
                unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}
