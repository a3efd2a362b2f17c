package import Pcap
import Zstd

/// The format and the compression of a segment, which determine the suffix of its name.
package struct SegmentKind: Equatable, Hashable, Sendable {
    package var format: FileFormat
    package var compression: Compression

    package init(_ format: FileFormat, _ compression: Compression = .none) {
        (self.format, self.compression) = (format, compression)
    }

    package static let pcap = SegmentKind(.pcap)
    package static let all = FileFormat.allCases.flatMap { format in
        Compression.allCases.map { SegmentKind(format, $0) }
    }

    /// The part of a sealed segment's name after the timestamp. No suffix is the end of another one.
    package var suffix: String { ".\(format)\(compression == .zstd ? ".zst" : "")" }
}

/// How the bytes of a segment are compressed.
package enum Compression: String, CaseIterable, Sendable {
    case none, zstd

    /// The bytes of a complete file behind the block of its last packet.
    package var ending: [UInt8] { self == .zstd ? FrameEncoder.ending : [] }
}
