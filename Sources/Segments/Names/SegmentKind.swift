public import Pcap
import Zstd

/// What kind of file a segment is. The suffix of its name says it.
public struct SegmentKind: Equatable, Hashable, Sendable {
    public var format: FileFormat
    public var compression: Compression

    public init(_ format: FileFormat, _ compression: Compression = .none) {
        (self.format, self.compression) = (format, compression)
    }

    public static let pcap = SegmentKind(.pcap)
    package static let all = FileFormat.allCases.flatMap { format in
        Compression.allCases.map { SegmentKind(format, $0) }
    }

    /// What follows the time in the name of a sealed segment; none is the end of another.
    public var suffix: String { ".\(format)\(compression == .zstd ? ".zst" : "")" }
}

/// How a segment's bytes are packed.
public enum Compression: String, CaseIterable, Sendable {
    case none, zstd

    /// What stands behind the last packet's blocks in a file that is whole.
    package var ending: [UInt8] { self == .zstd ? FrameEncoder.ending : [] }
}
