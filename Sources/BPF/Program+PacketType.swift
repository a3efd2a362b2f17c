import CLinux

/// What a packet is to this host (PACKET_HOST and so on, linux/if_packet.h).
public struct PacketTypes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// For this host, or for everybody or some.
    public static let received = PacketTypes(rawValue: 1)
    /// For another host: seen only where the interface is promiscuous.
    public static let otherHost = PacketTypes(rawValue: 2)
    /// Sent by this host.
    public static let outgoing = PacketTypes(rawValue: 4)
    /// No test is needed.
    public static let all: PacketTypes = [.received, .otherHost, .outgoing]
}

extension Program {
    /// The same decisions about packets of these types; drops the others.
    ///
    /// The test comes first, and the accumulator is cleared after it, as a program may count on finding it 0.
    public func restricted(to types: PacketTypes) -> Program {
        guard types != .all else { return self }
        var test: [Operation] = [.loadExtension(.type, .byte)]
        for (type, value) in [(PacketTypes.otherHost, PACKET_OTHERHOST), (.outgoing, PACKET_OUTGOING)] {
            if types == type {
                test += [.branch(.equal, .k(UInt32(value)), jt: 1, jf: 0), .returnConstant(0)]
            } else if !types.contains(type) {
                test += [.branch(.equal, .k(UInt32(value)), jt: 0, jf: 1), .returnConstant(0)]
            }
        }
        test.append(.loadConstant(.a, 0))
        return Program(test.map { Instruction($0) } + instructions)
    }
}
