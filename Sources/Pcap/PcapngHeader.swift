/// The start of a pcapng file with the packets of one interface: a section header block and an interface description
/// block.
///
/// Programs that read the file show all of these fields. Source: draft-ietf-opsawg-pcapng, sections 4.1 and 4.2.
public struct PcapngHeader: Equatable, Sendable {
    /// The hardware, the operating system, and the program that writes the file.
    public var hardware, system, application: String
    /// The interface's name, the name of its host, and the administrator's description of it.
    public var interface, host: String
    public var description: String?
    /// The filter expression that the packets match.
    public var filter: String?
    /// The unit of the timestamps.
    public var precision: Precision
    /// The greatest captured length of a packet, in bytes.
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

    /// Both blocks, as in the file.
    public var bytes: [UInt8] { section + interfaceDescription }

    private var section: [UInt8] {
        // The byte-order magic, version 1.0, and the section's length: unspecified, as it is not known yet.
        var block = BlockBytes(.section, 0x1a2b_3c4d, 1, .max, .max)
        block.append(.hardware, hardware)
        block.append(.operatingSystem, system)
        block.append(.application, application)
        return block.finished()
    }

    private var interfaceDescription: [UInt8] {
        var block = BlockBytes(.interface, UInt32(linkType.number), snapLength)
        block.append(.interfaceName, interface)
        // The only place for the host's name that mergecap(1) keeps. It drops section headers, and merges interfaces
        // of two files if their descriptions are equal.
        let about = [host, description ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        if !about.isEmpty { block.append(.interfaceDescription, about) }
        // A zero marks the filter as an expression, not a program.
        if let filter { block.append(.filter, [0] + filter.utf8) }
        block.append(.timestampResolution, [precision.exponent])
        block.append(.interfaceSystem, system)
        return block.finished()
    }
}

extension Precision {
    /// The number of ticks per second, as a power of 10.
    fileprivate var exponent: UInt8 { self == .nano ? 9 : 6 }

    /// Converts a timestamp to the form of a pcapng file: ticks since 1970. Truncates nanoseconds to the precision.
    @inlinable public func ticks(seconds: UInt32, nanoseconds: UInt32) -> UInt64 {
        self == .nano
            ? UInt64(seconds) &* 1_000_000_000 &+ UInt64(nanoseconds)
            : UInt64(seconds) &* 1_000_000 &+ UInt64(nanoseconds / 1000)
    }
}
