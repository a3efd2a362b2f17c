/// How a capture file is laid out.
public enum FileFormat: String, CaseIterable, Sendable {
    case pcap, pcapng
}

/// What the fraction of a second counts in a file's time stamps.
public enum Precision: String, CaseIterable, Sendable {
    case nano, micro
}

/// The header of a pcap file.
public struct PcapHeader: Equatable, Sendable {
    /// Bytes in the file.
    public static let size = 24

    public var precision: Precision
    /// No record's captured length may be greater.
    public var snapLength: UInt32
    public var linkType: LinkType

    public init(precision: Precision, snapLength: UInt32, linkType: LinkType) {
        (self.precision, self.snapLength, self.linkType) = (precision, snapLength, linkType)
    }

    /// Six words, little-endian: magic number, version 2.4 (two half-words), two unused words, snap length, link type.
    public var bytes: [UInt8] {
        let magic = precision == .nano ? PcapFormat.nanoMagic : PcapFormat.microMagic
        return [magic, 2 | 4 << 16, 0, 0, snapLength, UInt32(linkType.number)].littleEndianBytes
    }
}

/// The header of one record.
public struct PcapRecordHeader: Sendable {
    /// Bytes in the file.
    @inlinable public static var size: Int { 16 }

    /// Four words, little-endian: seconds since 1970, UTC; the fraction in the file's precision; bytes in the file; bytes
    /// on the wire.
    public let words: [4 of UInt32]

    @inlinable public init(seconds: UInt32, fraction: UInt32, capturedLength: UInt32, wireLength: UInt32) {
        words = [
            seconds.littleEndian, fraction.littleEndian, capturedLength.littleEndian, wireLength.littleEndian,
        ]
    }
}

extension Sequence<UInt32> {
    /// As they stand in a file.
    var littleEndianBytes: [UInt8] {
        flatMap { word in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) } }
    }
}
