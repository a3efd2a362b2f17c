import Foundation
import Traffic

/// The files in a capture's folder, oldest first.
struct Segments {
    let folder: String
    /// Sealed segments, by name.
    let names: [String]
    /// Open segments.
    let parts: [String]

    /// Reads the segments of one interface, or of all.
    init(in folder: String, of interface: String? = nil) throws {
        self.folder = folder
        let isThere = FileManager.default.fileExists(atPath: folder)
        let all = isThere ? try FileManager.default.contentsOfDirectory(atPath: folder) : []
        let wanted = all.filter { interface == nil || $0.contains("-\(interface ?? "")-") }.sorted {
            Segments.time($0) < Segments.time($1)
        }
        names = wanted.filter { $0.contains(".pcap") && !$0.hasSuffix(".part") }
        parts = wanted.filter { $0.hasSuffix(".part") }
    }

    var paths: [String] { names.map { folder + "/" + $0 } }
    var partPaths: [String] { parts.map { folder + "/" + $0 } }

    /// Size of each sealed file in bytes.
    var sizes: [Int] { paths.map(Segments.size) }

    /// Size of all files in bytes.
    var bytes: Int { (paths + partPaths).map(Segments.size).reduce(0, +) }

    /// All packets of the sealed files, in order.
    func packets() throws -> [Savefile.Packet] {
        try paths.flatMap { try Savefile($0).packets }
    }

    private static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? -1
    }

    /// Decompresses all segments into another folder.
    func unpacked(into folder: String) throws -> Segments {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, path) in zip(names, paths) {
            if name.hasSuffix(".zst") {
                try Command.check("zstd", ["-d", "-q", path, "-o", "\(folder)/\(name.dropLast(".zst".count))"])
            } else {
                try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/\(name)")
            }
        }
        return try Segments(in: folder)
    }

    private static func time(_ name: String) -> Substring { name[(name.lastIndex(of: "-") ?? name.startIndex)...] }
}

/// Permission bits of a file or folder.
func mode(of path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
}
