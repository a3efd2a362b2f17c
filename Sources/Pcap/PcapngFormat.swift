/// The blocks of a pcapng file. Each section has a byte order and interfaces of its own.
struct PcapngFormat: CaptureFormat {
    /// The type of a section header, the same in both byte orders.
    static let magic: UInt32 = 0x0a0d_0d0a
    /// A limit on memory; more interfaces than any host has.
    static let maximumInterfaces = 4096
    /// The size of an empty block: type, length, length again.
    private static let emptySize = 12

    static let piece = "block"
    /// Type, length, and the next word, which determines the byte order of a section.
    static let headSize = emptySize
    private(set) var interfaces: [CaptureInterface] = []
    /// From the section header to the end of the section's last interface description so far.
    private(set) var head: Range<UInt64>
    private var byteOrder = ByteOrder.little

    /// A file whose first section starts at `offset`.
    init(at offset: UInt64) { head = offset..<offset }

    func size(head: RawSpan) throws(Mismatch) -> Int {
        var cursor = Cursor(head, try byteOrder(head))
        let type = BlockType(rawValue: try cursor.integer())
        let size = Int(try cursor.integer(UInt32.self))
        guard size >= Self.emptySize, size % 4 == 0 else {
            throw Mismatch(expected: "a block length of at least \(Self.emptySize), a multiple of 4", found: "\(size)")
        }
        guard size <= CaptureReader.longestBlock || type?.isRead != true else {
            throw Mismatch(expected: "a block length of at most \(CaptureReader.longestBlock)", found: "\(size)")
        }
        return size
    }

    func isRead(head: RawSpan) throws(Mismatch) -> Bool {
        var cursor = Cursor(head, try byteOrder(head))
        return BlockType(rawValue: try cursor.integer())?.isRead ?? false
    }

    mutating func read(_ piece: RawSpan, at offset: UInt64, into record: inout Record) throws(Mismatch) -> Bool {
        byteOrder = try byteOrder(piece)
        var cursor = Cursor(piece, byteOrder)
        let type = BlockType(rawValue: try cursor.integer())
        let length = try cursor.integer(UInt32.self)
        var body = try cursor.divide(at: piece.byteCount - Self.emptySize)
        let repeated = try cursor.integer(UInt32.self)
        guard repeated == length else {
            throw Mismatch(expected: "the block length \(length) again at the end of the block", found: "\(repeated)")
        }
        switch type {
        case .section:
            try startSection(&body)
            head = offset..<offset + UInt64(length)
        case .interface:
            try addInterface(&body)
            head = head.lowerBound..<offset + UInt64(length)
        case .statistics, nil: break
        case .packet, .enhancedPacket, .simplePacket:
            try readPacket(type, &body, into: &record)
            return true
        }
        return false
    }

    /// The byte order of a block: its own if it is a section header, else that of its section.
    private func byteOrder(_ block: RawSpan) throws(Mismatch) -> ByteOrder {
        var cursor = Cursor(block, .little)
        guard try cursor.integer(UInt32.self) == Self.magic else { return byteOrder }
        _ = try cursor.integer(UInt32.self)
        switch try cursor.integer(UInt32.self) {
        case 0x1a2b_3c4d: return .little
        case 0x4d3c_2b1a: return .big
        case let word:
            throw Mismatch(expected: "the byte-order magic 1a2b3c4d", found: String(word, radix: 16))
        }
    }

    private mutating func startSection(_ body: inout Cursor) throws(Mismatch) {
        _ = try body.integer(UInt32.self)  // the byte-order magic
        let (major, minor) = (try body.integer(UInt16.self), try body.integer(UInt16.self))
        _ = try body.integer(UInt64.self)  // the section's length: a hint that many writers omit
        // Some writers label version 1.0 as 1.2.
        guard major == 1, minor == 0 || minor == 2 else {
            throw Mismatch(expected: "pcapng version 1.0", found: "version \(major).\(minor)")
        }
        interfaces = []
    }

    private mutating func addInterface(_ body: inout Cursor) throws(Mismatch) {
        guard interfaces.count < Self.maximumInterfaces else {
            throw Mismatch(expected: "at most \(Self.maximumInterfaces) interfaces in a section", found: "one more")
        }
        let linkType = LinkType(number: try body.integer())
        _ = try body.integer(UInt16.self)
        var interface = CaptureInterface(linkType: linkType, snapLength: try body.integer(), resolution: .micro)
        var options = PcapngOptions(body.rest, byteOrder)
        while let option = try options.next() { try interface.apply(option) }
        interfaces.append(interface)
    }

    /// Reads a packet block. The three kinds differ in the fields in front of the packet.
    private func readPacket(
        _ type: BlockType?, _ body: inout Cursor, into record: inout Record
    ) throws(Mismatch) {
        var (index, ticks) = (0, UInt64(0))
        if type != .simplePacket {
            // In the obsolete block, the other half of the word counts lost packets.
            index = Int(type == .packet ? UInt32(try body.integer(UInt16.self)) : try body.integer(UInt32.self))
            if type == .packet { _ = try body.integer(UInt16.self) }
            ticks = UInt64(try body.integer(UInt32.self)) << 32 | UInt64(try body.integer(UInt32.self))
        }
        guard index < interfaces.count else {
            throw Mismatch(expected: "a description of interface \(index) before its first packet", found: "none")
        }
        let snapLength = interfaces[index].snapLength
        (record.seconds, record.nanoseconds) = interfaces[index].resolution.time(ticks)
        (record.linkType, record.interface, record.byteOrder) = (interfaces[index].linkType, index, byteOrder)

        // A simple packet block contains only the wire length. The captured length follows from the interface's snap
        // length.
        let first = try body.integer(UInt32.self)
        let (captured, wire) = type == .simplePacket ? (min(first, snapLength), first) : (first, try body.integer())
        try checkCapturedLength(captured)
        let start = body.offset
        _ = try body.divide(at: Int(captured))
        _ = try body.divide(at: min(-Int(captured) & 3, body.rest.byteCount))
        record.wireLength = wire
        record.data = start..<start + Int(min(captured, snapLength))
        record.options = body.offset..<body.offset + body.rest.byteCount
    }
}

/// The types of the blocks that are read or written. The reader skips all others.
enum BlockType: UInt32 {
    case section = 0x0a0d_0d0a
    case interface = 1
    case packet = 2
    case simplePacket = 3
    case statistics = 5
    case enhancedPacket = 6

    /// Statistics are written, but not read.
    var isRead: Bool { self != .statistics }
}

extension CaptureInterface {
    /// Applies an option of the interface description.
    fileprivate mutating func apply(_ option: borrowing PcapngOption) throws(Mismatch) {
        var value = option.value
        switch option.code {
        case .interfaceName:
            var text: [UInt8] = []
            while !value.rest.isEmpty, text.count < 255 { text.append(try value.integer()) }
            name = String(decoding: text, as: UTF8.self)
        case .timestampResolution:
            resolution.ticksPerSecond = try ticksPerSecond(value.integer())
            try checkEmpty(value)
        case .timestampOffset:
            resolution.secondsOffset = try value.integer()
            try checkEmpty(value)
        default:
            break
        }
    }

    private func checkEmpty(_ value: borrowing Cursor) throws(Mismatch) {
        guard value.rest.isEmpty else {
            throw Mismatch(expected: "an option that ends after its value", found: "\(value.rest.byteCount) more bytes")
        }
    }

    /// A power of 2 if the highest bit is set, else of 10. The other bits are the exponent.
    private func ticksPerSecond(_ byte: UInt8) throws(Mismatch) -> UInt64 {
        let exponent = Int(byte & 0x7f)
        let isBinary = byte & 0x80 != 0
        guard exponent <= (isBinary ? 63 : 19) else {
            let found = "\(isBinary ? 2 : 10)^\(exponent)"
            throw Mismatch(expected: "a number of ticks per second that fits in 64 bits", found: found)
        }
        return isBinary ? 1 << exponent : (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
