/// The records of a pcap file.
struct PcapFormat: CaptureFormat {
    static let microMagic: UInt32 = 0xa1b2_c3d4
    static let nanoMagic: UInt32 = 0xa1b2_3c4d

    static let piece = "record"
    static let headSize = PcapRecordHeader.size
    let interfaces: [CaptureInterface]

    private let byteOrder: ByteOrder
    private let lengths: LengthOrder
    private let resolution: TimestampResolution
    private let snapLength: UInt32
    private let linkType: LinkType

    init(header: consuming Cursor) throws(Mismatch) {
        byteOrder = header.byteOrder
        resolution = try header.integer(UInt32.self) == Self.microMagic ? .micro : .nano
        lengths = try LengthOrder(major: header.integer(), minor: header.integer())
        _ = try header.divide(at: 8)  // time zone and accuracy, which no writer sets
        let limit = try header.integer(UInt32.self)
        // The upper half may contain the number of bytes of frame check sequence that each packet ends with.
        linkType = LinkType(number: UInt16(truncatingIfNeeded: try header.integer(UInt32.self)))
        let interface = CaptureInterface(linkType: linkType, snapLength: limit, resolution: resolution)
        interfaces = [interface]
        snapLength = interface.snapLength
    }

    func size(head: RawSpan) throws(Mismatch) -> Int {
        var cursor = Cursor(head, byteOrder)
        _ = try cursor.divide(at: 8)
        let captured = try lengths.read(&cursor).captured
        try checkCapturedLength(captured)
        return PcapRecordHeader.size + Int(captured)
    }

    func isRead(head: RawSpan) -> Bool { true }

    mutating func read(_ piece: RawSpan, at offset: UInt64, into record: inout Record) throws(Mismatch) -> Bool {
        var cursor = Cursor(piece, byteOrder)
        let seconds = try cursor.integer(UInt32.self)
        let fraction = try cursor.integer(UInt32.self)
        let (captured, wire) = try lengths.read(&cursor)
        // In some files the fraction is a second or more. It denotes the same time; the excess carries over to the
        // seconds.
        let (carry, nanoseconds) = resolution.time(UInt64(fraction))
        (record.seconds, record.nanoseconds) = (Int64(seconds) + carry, nanoseconds)
        (record.wireLength, record.linkType, record.interface) = (wire, linkType, 0)
        // In some files packets are longer than the header's limit. libpcap truncates them, and so must this reader:
        // filters must see the same bytes.
        record.data = cursor.offset..<cursor.offset + Int(min(captured, snapLength))
        record.options = 0..<0
        return true
    }
}

/// The order of the two lengths in a record. Version 2.3 changed it, and some writers of 2.3 kept the old order.
private enum LengthOrder {
    case capturedFirst, wireFirst, smallerIsCaptured

    /// Accepts the versions that libpcap reads: 2.0 to 2.4, and the 543.0 of DG/UX.
    init(major: UInt16, minor: UInt16) throws(Mismatch) {
        switch (major, minor) {
        case (2, 4): self = .capturedFirst
        case (2, 3): self = .smallerIsCaptured
        case (2, 0...2), (543, 0): self = .wireFirst
        default: throw Mismatch(expected: "pcap version 2.4", found: "version \(major).\(minor)")
        }
    }

    @inline(__always)
    func read(_ cursor: inout Cursor) throws(Mismatch) -> (captured: UInt32, wire: UInt32) {
        let (first, second) = (try cursor.integer(UInt32.self), try cursor.integer(UInt32.self))
        return switch self {
        case .capturedFirst: (first, second)
        case .wireFirst: (second, first)
        case .smallerIsCaptured: (min(first, second), max(first, second))
        }
    }
}

/// Rejects a captured length that no writer produces. The length, or the data in front of it, is damaged.
func checkCapturedLength(_ captured: UInt32) throws(Mismatch) {
    guard captured <= CaptureInterface.maximumSnapLength else {
        throw Mismatch(
            expected: "a captured length of at most \(CaptureInterface.maximumSnapLength)", found: "\(captured)")
    }
}
