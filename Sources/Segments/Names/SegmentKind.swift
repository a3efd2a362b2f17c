public import Pcap
import Zstd

/// The format and the compression of a segment, which determine the suffix of its name.
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

    /// The part of a sealed segment's name after the timestamp. No suffix is the end of another one.
    public var suffix: String { ".\(format)\(compression == .zstd ? ".zst" : "")" }
}

/// How the bytes of a segment are compressed.
public enum Compression: String, CaseIterable, Sendable {
    case none, zstd

    /// The bytes of a complete file behind the block of its last packet.
    package var ending: [UInt8] { self == .zstd ? FrameEncoder.ending : [] }
}
