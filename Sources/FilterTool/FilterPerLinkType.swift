import BPF
import Pcap
import Segments
import Settings

/// A filter for the packets of a file, which may be of several link types: prepared once for each.
struct FilterPerLinkType<Prepared> {
    private let prepare: (LinkType) throws -> Prepared
    private var prepared: [LinkType: Prepared] = [:]
    /// The one used last, which is nearly always the next one, too.
    private var latest: (linkType: LinkType, prepared: Prepared)?

    /// `prepare` makes of a verified program what is needed of it.
    init(_ filter: FilterSource, prepare: @escaping (VerifiedProgram) -> Prepared) {
        self.prepare = { prepare(try filter.program(for: $0)) }
    }

    /// Complains about a filter that none of these link types takes: what is wrong with it is wrong without packets, too.
    func check(with linkTypes: [LinkType]) throws {
        var failure: (any Error)?
        for linkType in linkTypes {
            do {
                _ = try prepare(linkType)
                return
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
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

extension CaptureFileReader {
    /// Which link types there may have been in a file that has ended without a packet; none in another.
    var linkTypesWithoutPackets: [LinkType] {
        guard count == 0 else { return [] }
        return interfaces.isEmpty ? [.ethernet] : interfaces.map(\.linkType)
    }
}

extension PacketRecord {
    /// Complains where the file does not say which way the packet went, which `inbound` and `outbound` ask for.
    func ensureDirection(in path: String) throws(CommandError) {
        guard direction == nil else { return }
        throw CommandError(
            "\(path), packet \(number): the file does not say whether the packet was received or sent, which 'inbound' and "
                + "'outbound' ask for (a pcapng file may)")
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
