import BPF
import CLinux
import Glibc
import Linux
import SystemPackage

/// An AF_PACKET socket with a filter and a ring, into which no unfiltered packet ever comes.
///
/// The order is what makes that true: the socket is opened for no protocol, so nothing arrives; it gets its filter and its
/// ring; and it is bound to its interface last. See packet(7) and Documentation/networking/packet_mmap.rst.
///
/// The drain thread reads from it; the control plane changes its filter meanwhile.
final class PacketSocket: PacketSource {
    private let descriptor: Descriptor
    private let interface: Interface

    /// Opens the socket; nothing arrives before `startReception`. Needs CAP_NET_RAW.
    init(for interface: Interface) throws(SystemError) {
        let number = socket(AF_PACKET, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else {
            throw SystemError("open", "a packet socket on \(interface.name)", Errno(rawValue: errno))
        }
        descriptor = Descriptor(owning: number)
        self.interface = interface
    }

    /// What `poll` watches; readable when a block has been handed over.
    var number: CInt { descriptor.number }

    /// Lets the kernel ask `program` about every packet, in place of the program that was there. `passingAllMeanwhile`: if there is
    /// no room for both, every packet comes for a moment.
    func attach(_ program: Program, passingAllMeanwhile: Bool = false) throws(FilterError) {
        try program.attach(to: descriptor.number, passingAllMeanwhile: passingAllMeanwhile)
    }

    /// Leaves out packets this host sends, or not. See packet(7), PACKET_IGNORE_OUTGOING.
    func ignoreOutgoing(_ isIgnored: Bool) throws(SystemError) {
        try set(PACKET_IGNORE_OUTGOING, CInt(isIgnored ? 1 : 0), "leave out sent packets on")
    }

    /// Asks the interface for packets meant for others, or no longer. Counted by the kernel, so that it does not disturb
    /// other programs, and over when this socket is closed. See packet(7), PACKET_MR_PROMISC.
    func setPromiscuous(_ isPromiscuous: Bool) throws(SystemError) {
        var membership = packet_mreq()
        membership.mr_ifindex = interface.index
        membership.mr_type = UInt16(PACKET_MR_PROMISC)
        let option = isPromiscuous ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP
        try set(option, membership, "set promiscuous mode on")
    }

    /// Makes the kernel fill a ring of blocks. Where it lacks the memory the ring is halved until it fits, to two blocks
    /// at least; the ring says how large it became.
    func makeRing(_ wanted: RingGeometry) throws(SystemError) -> Ring {
        try set(PACKET_VERSION, CInt(TPACKET_V3.rawValue), "set the ring's version on")
        var geometry = wanted
        while true {
            var request = tpacket_req3()
            request.tp_block_size = UInt32(geometry.block)
            request.tp_block_nr = UInt32(geometry.count)
            // Version 3 packs packets without regard to frames, but the kernel still checks the arithmetic.
            request.tp_frame_size = request.tp_block_size
            request.tp_frame_nr = request.tp_block_nr
            request.tp_retire_blk_tov = geometry.timeout
            do {
                return try makeRing(request, geometry)
            } catch  where error.errno == .noMemory && geometry.count >= 4 {
                geometry.size = geometry.count / 2 * geometry.block
            }
        }
    }

    private func makeRing(_ request: tpacket_req3, _ geometry: RingGeometry) throws(SystemError) -> Ring {
        try set(PACKET_RX_RING, request, "make a ring of \(geometry.size) bytes on")
        do throws(SystemError) {
            let memory = try Mapping(
                sharing: descriptor, count: geometry.size, subject: "the ring of \(interface.name)")
            return Ring(memory: memory, geometry: geometry)
        } catch {
            // The kernel has made it, and makes no other one before it has it back.
            try? set(PACKET_RX_RING, tpacket_req3(), "give back the ring of")
            throw error
        }
    }

    /// From here on packets arrive. See packet(7).
    func startReception() throws(SystemError) { try bind(to: UInt16(ETH_P_ALL)) }

    /// Shares the interface's packets with the other sockets of a group, by flow, so that each packet comes to one of them;
    /// the first member makes the group and learns its number. Packets arrive already, so the filter must be one that
    /// rejects everything. Never reassembles fragments, which would change what is captured. See packet(7), PACKET_FANOUT.
    func join(_ group: inout UInt16?) throws(SystemError) {
        let type = UInt32(PACKET_FANOUT_HASH) | (group == nil ? UInt32(PACKET_FANOUT_FLAG_UNIQUEID) : 0)
        try set(PACKET_FANOUT, UInt32(group ?? 0) | type << 16, "share the packets of")
        var answer: UInt32 = 0
        var size = socklen_t(MemoryLayout<UInt32>.size)
        unsafe _ = getsockopt(number, SOL_PACKET, PACKET_FANOUT, &answer, &size)
        group = UInt16(truncatingIfNeeded: answer)
    }

    /// From here on no packet arrives; the ones in the ring stay there. An interface that is gone sends none anyway.
    func stopReception() {
        // Binding to protocol 0 would keep the protocol as it is (net/packet/af_packet.c, packet_do_bind), and a filter
        // that rejects everything may not fit beside the one in force (optmem_max). So: a protocol that no frame has.
        // The member of a group cannot be bound again; it has to be the filter.
        do { try bind(to: 0xffff) } catch { try? attach(.rejectAll) }
    }

    private func bind(to frameType: UInt16) throws(SystemError) {
        guard holdfast_bind_packet_socket(number, frameType, interface.index) == 0 else {
            throw SystemError("capture on", interface.name, Errno(rawValue: errno))
        }
    }

    /// What the kernel counted since the last call: its counters are 32 bits wide and cleared by reading, so this has one
    /// caller. `received` includes `dropped`. See packet(7), PACKET_STATISTICS.
    func takeStatistics() -> (received: UInt64, dropped: UInt64, freezes: UInt64) {
        var counted = tpacket_stats_v3()
        var size = socklen_t(MemoryLayout<tpacket_stats_v3>.size)
        unsafe _ = getsockopt(number, SOL_PACKET, PACKET_STATISTICS, &counted, &size)
        return (UInt64(counted.tp_packets), UInt64(counted.tp_drops), UInt64(counted.tp_freeze_q_cnt))
    }

    /// Takes the error that made `poll` return, such as the interface having gone down; it would return again otherwise.
    func clearError() {
        var pending: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        unsafe _ = getsockopt(number, SOL_SOCKET, SO_ERROR, &pending, &size)
    }

    private func set<Value: BitwiseCopyable>(
        _ option: CInt, _ value: Value, _ purpose: String
    ) throws(SystemError) {
        var value = value
        let size = socklen_t(MemoryLayout<Value>.size)
        guard unsafe setsockopt(number, SOL_PACKET, option, &value, size) == 0 else {
            throw SystemError(purpose, interface.name, Errno(rawValue: errno))
        }
    }
}
