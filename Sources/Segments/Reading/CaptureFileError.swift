package import Linux
package import Pcap
package import Zstd

/// Why a capture file cannot be read, or not beyond some offset.
package enum CaptureFileError: Error, Equatable, CustomStringConvertible {
    /// A system call failed.
    case system(SystemError)
    /// A record or block is damaged. The offset counts bytes of the uncompressed file.
    case damaged(path: String, CaptureDamage)
    /// The compressed data is damaged. The offset counts bytes of the compressed file.
    case undecodable(path: String, FrameDamage)

    /// Whether the file ends too early. It may be intact once it has grown.
    package var isCut: Bool {
        switch self {
        case .system: false
        case .damaged(_, let damage): damage.isCut
        case .undecodable(_, let damage): damage.isCut
        }
    }

    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .damaged(let path, let damage): "\(path), \(damage)"
        case .undecodable(let path, let damage): "\(path), \(damage)"
        }
    }
}
