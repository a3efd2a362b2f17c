/// What begins a pcapng file that has the packets of one interface: a section header block and an interface description
/// block. Readers show all of it. See draft-ietf-opsawg-pcapng, sections 4.1 and 4.2.
public struct PcapngHeader: Equatable, Sendable {
    /// The machine, its operating system, and the program that writes the file.
    public var hardware, system, application: String
    /// The interface's name, the name of its machine, and what the administrator has written about it.
    public var interface, host: String
    public var description: String?
    /// The filter expression that its packets have passed.
    public var filter: String?
    /// Of the time stamps.
    public var precision: Precision
    /// No packet's captured length may be greater.
    public var snapLength: UInt32
    public var linkType: LinkType

    public init(
        hardware: String, system: String, application: String, interface: String, host: String,
        description: String? = nil, filter: String? = nil, precision: Precision, snapLength: UInt32, linkType: LinkType
    ) {
        (self.hardware, self.system, self.application) = (hardware, system, application)
        (self.interface, self.host, self.description, self.filter) = (interface, host, description, filter)
        (self.precision, self.snapLength, self.linkType) = (precision, snapLength, linkType)
    }

    /// Both blocks, as they stand in the file.
    public var bytes: [UInt8] { section + interfaceDescription }

    private var section: [UInt8] {
        // The byte-order magic, version 1.0, and how long the section is: not said, as it is not known yet.
        var block = BlockBytes(.section, 0x1a2b_3c4d, 1, .max, .max)
        block.append(.hardware, hardware)
        block.append(.operatingSystem, system)
        block.append(.application, application)
        return block.finished()
    }

    private var interfaceDescription: [UInt8] {
        var block = BlockBytes(.interface, UInt32(linkType.number), snapLength)
        block.append(.interfaceName, interface)
        // The only place for the host's name that mergecap(1) keeps: it drops section headers, and takes interfaces of two
        // files that are described alike for one.
        let about = [host, description ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        if !about.isEmpty { block.append(.interfaceDescription, about) }
        // A zero says that the filter is an expression, not a program.
        if let filter { block.append(.filter, [0] + filter.utf8) }
        block.append(.timestampResolution, [precision.exponent])
        block.append(.interfaceSystem, system)
        return block.finished()
    }
}

extension Precision {
    /// A second has 10 to the power of this many ticks.
    fileprivate var exponent: UInt8 { self == .nano ? 9 : 6 }

    /// A time as a pcapng file counts it: ticks since 1970.
    @inlinable public func ticks(seconds: UInt32, nanoseconds: UInt32) -> UInt64 {
        self == .nano
            ? UInt64(seconds) &* 1_000_000_000 &+ UInt64(nanoseconds)
            : UInt64(seconds) &* 1_000_000 &+ UInt64(nanoseconds / 1000)
    }
}
