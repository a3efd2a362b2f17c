import BPF
import Pcap
import Segments
import Settings

/// A filter for the packets of a file, prepared once for each link type in the file.
struct FilterPerLinkType<Prepared> {
    private let prepare: (LinkType) throws -> Prepared
    private var prepared: [LinkType: Prepared] = [:]
    /// The most recent link type, which is nearly always the next one, too.
    private var latest: (linkType: LinkType, prepared: Prepared)?

    /// `prepare` converts a verified program into the form that the caller needs.
    init(_ filter: FilterSource, prepare: @escaping (VerifiedProgram) -> Prepared) {
        self.prepare = { prepare(try filter.program(for: $0)) }
    }

    /// Throws if the filter is valid for none of these link types, so that a file without packets shows an invalid
    /// filter, too.
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
    /// The link types that a file without packets can have had; empty for a file with packets.
    var linkTypesWithoutPackets: [LinkType] {
        guard count == 0 else { return [] }
        return interfaces.isEmpty ? [.ethernet] : interfaces.map(\.linkType)
    }
}

extension PacketRecord {
    /// Throws if the file does not contain the direction of the packet, which `inbound` and `outbound` need.
    func ensureDirection(in path: String) throws(CommandError) {
        guard direction == nil else { return }
        throw CommandError(
            "\(path), packet \(number): the file does not contain the packet's direction, which 'inbound' and "
                + "'outbound' require (a pcapng file can contain it)")
    }
}

extension PacketMetadata {
    /// The metadata of a packet in a file: its Ethernet type, and whether this host sent it.
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
