import CLinux

/// The relation of a packet to this host (PACKET_HOST and so on, linux/if_packet.h).
public struct PacketTypes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Addressed to this host, or broadcast or multicast.
    public static let received = PacketTypes(rawValue: 1)
    /// Addressed to another host; seen only on an interface in promiscuous mode.
    public static let otherHost = PacketTypes(rawValue: 2)
    /// Sent by this host.
    public static let outgoing = PacketTypes(rawValue: 4)
    /// Every packet.
    public static let all: PacketTypes = [.received, .otherHost, .outgoing]
}

extension Program {
    /// A program that makes the same decisions about packets of these types and drops all others.
    ///
    /// The tests come first and then clear A, because a program may rely on A being 0 at its start. Packets for this
    /// host have several type numbers, so they are recognized by excluding the other types.
    public func restricted(to types: PacketTypes) -> Program {
        guard types != .all else { return self }
        guard !types.isEmpty else { return .rejectAll }
        let numbers = [(PacketTypes.otherHost, PACKET_OTHERHOST), (.outgoing, PACKET_OUTGOING)]
        var tests: [Operation] = []
        if types.contains(.received) {
            for (type, number) in numbers where !types.contains(type) {
                tests += [.branch(.equal, .k(UInt32(number)), jt: 0, jf: 1), .returnConstant(0)]
            }
        } else {
            let wanted = numbers.filter { types.contains($0.0) }
            for (index, (_, number)) in wanted.enumerated() {
                tests.append(.branch(.equal, .k(UInt32(number)), jt: UInt8(wanted.count - index), jf: 0))
            }
            tests.append(.returnConstant(0))
        }
        let operations = [.loadExtension(.type, .byte)] + tests + [.loadConstant(.a, 0)]
        return Program(operations.map { Instruction($0) } + instructions, lists: lists)
    }
}
