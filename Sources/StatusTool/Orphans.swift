import Capture
import Glibc

/// Segments that no configured capture owns, in the folders where captures are.
enum Orphans {
    /// The folders to look through: those of the captures, the directory of all, and those in it, each once.
    static func folders(_ captures: [String], below directory: String?) -> [String] {
        var folders = captures
        if let directory {
            folders.append(directory)
            folders += subfolders(of: directory).map { directory + "/" + $0 }
        }
        var seen: Set<String> = []
        return folders.filter { seen.insert($0).inserted }
    }

    /// What a file is that is a segment and belongs neither to `owner`, the capture whose folder it is in, nor, elsewhere, to any
    /// of `captures`; nil for all others.
    static func name(
        of file: String, in folder: String, _ owner: String?, of captures: [String]
    ) -> (name: SegmentName, isOpen: Bool)? {
        let isOpen = file.hasSuffix(SegmentName.openSuffix)
        let sealed = isOpen ? String(file.dropLast(SegmentName.openSuffix.count)) : file
        guard let name = name(of: sealed, in: folder) else { return nil }
        let matching = captures.filter { SegmentName(sealed, of: $0) != nil }
        // A name belongs to the longest capture name that it begins with.
        let longest = matching.max { $0.utf8.count < $1.utf8.count }
        return longest != nil && longest == owner ? nil : (name, isOpen)
    }

    /// A segment of any capture. Which part of its name is the capture's, nothing says: that of its folder, where it begins with
    /// that, else what is before the first dash.
    private static func name(of file: String, in folder: String) -> SegmentName? {
        let home = folder.lastIndex(of: "/").map { String(folder[folder.index(after: $0)...]) } ?? folder
        return SegmentName(file, of: home) ?? SegmentName(file, of: String(file.prefix { $0 != "-" }))
    }

    private static func subfolders(of path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            var status = stat()
            guard name != "." && name != "..", unsafe lstat(path + "/" + name, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { names.append(name) }
        }
        return names.sorted()
    }
}
