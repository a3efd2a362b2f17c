package import Foundation

/// Real capture files from many sources, many of them odd or damaged.
///
/// They are not part of this package. The folder is HOLDFAST_PCAPS, or `shared/pcaps` beside the package or beside one
/// of the folders that contain it.
package enum Corpus {
    package static let missing = "there are no captures to read (HOLDFAST_PCAPS names their folder)"

    package static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["HOLDFAST_PCAPS"] { return URL(fileURLWithPath: path) }
        var place = URL(fileURLWithPath: #filePath)
        while place.path != "/" {
            place.deleteLastPathComponent()
            let folder = place.appendingPathComponent("shared/pcaps")
            if FileManager.default.fileExists(atPath: folder.path) { return folder }
        }
        return nil
    }()

    /// The files, as paths relative to the folder.
    package static let files: [String] = {
        guard let folder else { return [] }
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        return paths.filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") }.sorted()
    }()

    /// The files small enough for tests that read them repeatedly.
    package static let smallFiles = files.filter { !$0.hasPrefix("large/") }

    package static func bytes(of file: String) throws -> [UInt8] {
        guard let folder else { return [] }
        return Array(try Data(contentsOf: folder.appendingPathComponent(file)))
    }
}
