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
    public static let all: PacketTypes = [.received, .otherHost, .outgoing]
}

extension Program {
    /// The same decisions about packets of these types; drops the others.
    ///
    /// The test comes first, and the accumulator is cleared after it, as a program may count on finding it 0.
    public func restricted(to types: PacketTypes) -> Program {
        guard types != .all else { return self }
        var test = [Instruction(opcode: UInt16(BPF_LD | BPF_B | BPF_ABS), k: holdfast_skf_ad_pkttype)]
        for (type, value) in [(PacketTypes.otherHost, PACKET_OTHERHOST), (.outgoing, PACKET_OUTGOING)] {
            if types == type {
                test += [Program.isEqual(value, jt: 1, jf: 0), .ret(0)]
            } else if !types.contains(type) {
                test += [Program.isEqual(value, jt: 0, jf: 1), .ret(0)]
            }
        }
        return Program(test + [Instruction(opcode: UInt16(BPF_LD | BPF_IMM), k: 0)] + instructions)
    }

    private static func isEqual(_ value: CInt, jt: UInt8, jf: UInt8) -> Instruction {
        Instruction(opcode: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jt: jt, jf: jf, k: UInt32(value))
    }
}
