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
    /// The tests come first, and the accumulator is cleared after them, as a program may count on finding it 0. Packets for this
    /// host have several numbers, so those of them that are not wanted are told by the numbers that are.
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
