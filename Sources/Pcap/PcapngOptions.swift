/// The options at the end of a pcapng block: each a code, a length and a value, padded to a multiple of 32 bits.
struct PcapngOptions: ~Escapable {
    private var cursor: Cursor

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ byteOrder: ByteOrder) { cursor = Cursor(bytes, byteOrder) }

    /// Parses the next option; nil at the end of the options, which a block may mark or not.
    @_lifetime(copy self)
    mutating func next() throws(Mismatch) -> PcapngOption? {
        guard !cursor.rest.isEmpty else { return nil }
        let code = PcapngOption.Code(rawValue: try cursor.integer())
        let length = Int(try cursor.integer(UInt16.self))
        if code == .end { return nil }
        var padded = try cursor.divide(at: (length + 3) & ~3)
        return PcapngOption(code: code, value: try padded.divide(at: length))
    }
}

struct PcapngOption: ~Escapable {
    let code: Code
    let value: Cursor

    @_lifetime(copy value)
    init(code: Code, value: borrowing Cursor) {
        self.code = code
        self.value = copy value
    }

    /// The meaning of the value. It depends on the kind of block.
    struct Code: RawRepresentable, Equatable {
        let rawValue: UInt16

        static let end = Code(rawValue: 0)

        // Options of a section.
        static let hardware = Code(rawValue: 2)
        static let operatingSystem = Code(rawValue: 3)
        static let application = Code(rawValue: 4)

        // Options of an interface.
        static let interfaceName = Code(rawValue: 2)
        static let interfaceDescription = Code(rawValue: 3)
        static let timestampResolution = Code(rawValue: 9)
        static let filter = Code(rawValue: 11)
        static let interfaceSystem = Code(rawValue: 12)
        static let timestampOffset = Code(rawValue: 14)

        // Options of a packet. `EnhancedPacket` writes the number of packets lost before it.
        static let packetFlags = Code(rawValue: 2)

        // Options of an interface's statistics.
        static let startTime = Code(rawValue: 2)
        static let endTime = Code(rawValue: 3)
        static let received = Code(rawValue: 4)
        static let dropped = Code(rawValue: 5)
        static let accepted = Code(rawValue: 6)
        static let droppedBySystem = Code(rawValue: 7)
        static let delivered = Code(rawValue: 8)
    }
}
