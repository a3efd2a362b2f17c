import BPF
import Pcap
import Settings

/// A filter for the packets of a file, which may be of several link types: prepared once for each.
struct Decider<Prepared> {
    private let prepare: (LinkType) throws -> Prepared
    private var prepared: [LinkType: Prepared] = [:]
    /// The one used last, which is nearly always the next one, too.
    private var latest: (linkType: LinkType, prepared: Prepared)?

    /// `prepare` makes of a verified program what is needed of it.
    init(_ filter: FilterSource, prepare: @escaping (VerifiedProgram) -> Prepared) {
        self.prepare = { prepare(try filter.program(for: $0)) }
    }

    subscript(linkType: LinkType) -> Prepared {
        mutating get throws {
            if let latest, latest.linkType == linkType { return latest.prepared }
            let found = try prepared[linkType] ?? prepare(linkType)
            prepared[linkType] = found
            latest = (linkType, found)
            return found
        }
    }
}

extension PacketMetadata {
    /// What a file tells about a packet: its Ethernet type, and whether this host had sent it.
    init(_ packet: borrowing PacketRecord) {
        self.init()
        if packet.linkType.hasEthernetHeader {
            if packet.bytes.byteCount >= 14 {
                proto = UInt16(bigEndian: unsafe packet.bytes.unsafeLoadUnaligned(fromByteOffset: 12, as: UInt16.self))
            }
        } else if packet.linkType == .rawIP {
            networkOffset = 0
        }
        if packet.direction == .outbound { packetType = 4 }  // PACKET_OUTGOING
    }
}
