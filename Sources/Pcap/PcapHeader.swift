/// The unit of the fraction of a second in a file's timestamps.
public enum Precision: String, CaseIterable, Sendable {
    case nano, micro
}

/// The header of a pcap file.
public struct PcapHeader: Equatable, Sendable {
    /// The size in the file, in bytes.
    public static let size = 24

    public var precision: Precision
    /// The greatest captured length of a record, in bytes.
    public var snapLength: UInt32
    public var linkType: LinkType

    public init(precision: Precision, snapLength: UInt32, linkType: LinkType) {
        (self.precision, self.snapLength, self.linkType) = (precision, snapLength, linkType)
    }

    /// Six little-endian words: magic number, version 2.4 (two half-words), two unused words, snap length, link type.
    public var bytes: [UInt8] {
        let magic = precision == .nano ? PcapFormat.nanoMagic : PcapFormat.microMagic
        return [magic, 2 | 4 << 16, 0, 0, snapLength, UInt32(linkType.number)].littleEndianBytes
    }
}

/// The header of one record.
public struct PcapRecordHeader: Sendable {
    /// The size in the file, in bytes.
    @inlinable public static var size: Int { 16 }

    /// Four words, little-endian in memory: seconds since 1970, UTC; the fraction in the file's precision; captured
    /// length and wire length, in bytes.
    public let words: [4 of UInt32]

    @inlinable public init(seconds: UInt32, fraction: UInt32, capturedLength: UInt32, wireLength: UInt32) {
        words = [
            seconds.littleEndian, fraction.littleEndian, capturedLength.littleEndian, wireLength.littleEndian,
        ]
    }
}

extension Sequence<UInt32> {
    /// The bytes of the words, in the byte order of the files that are written.
    var littleEndianBytes: [UInt8] {
        flatMap { word in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) } }
    }
}
