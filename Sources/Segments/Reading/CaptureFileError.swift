public import Linux
public import Pcap
public import Zstd

/// Why a capture file cannot be read, or not any further.
public enum CaptureFileError: Error, Equatable, CustomStringConvertible {
    /// A system call failed.
    case system(SystemError)
    /// A record or block is damaged. Its offset counts from the start of the file, as it is without compression.
    case damaged(path: String, CaptureDamage)
    /// The file is damaged where it is compressed. The offset counts bytes of the file as it is.
    case undecodable(path: String, FrameDamage)

    /// Whether the file ends too early, and may be whole when there is more of it.
    public var isCut: Bool {
        switch self {
        case .system: false
        case .damaged(_, let damage): damage.isCut
        case .undecodable(_, let damage): damage.isCut
        }
    }

    public var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .damaged(let path, let damage): "\(path), \(damage)"
        case .undecodable(let path, let damage): "\(path), \(damage)"
        }
    }
}
