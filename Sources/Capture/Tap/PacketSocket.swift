import BPF
import CLinux
import Glibc
import Linux
import Rules
import SystemPackage

/// An AF_PACKET socket with a filter and a ring, which no unfiltered packet ever enters (I1).
///
/// The sequence guarantees that: the socket is opened for no protocol, so nothing arrives; it gets its filter and its
/// ring; the bind to the interface comes last. See packet(7) and Documentation/networking/packet_mmap.rst.
///
/// The drain thread reads from it while the control plane changes its filter.
final class PacketSocket: TapSocket {
    private let descriptor: Descriptor
    private let interface: Interface

    /// Opens the socket. Nothing arrives before `startReception`. Needs CAP_NET_RAW.
    init(for interface: Interface) throws(SystemError) {
        let number = socket(AF_PACKET, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else {
            throw SystemError("open", "a packet socket on \(interface.name)", Errno(rawValue: errno))
        }
        descriptor = Descriptor(owning: number)
        self.interface = interface
    }

    /// The descriptor for `poll`: readable when the kernel has handed over a block.
    var number: CInt { descriptor.number }

    /// Replaces the kernel filter of the socket. With `passingAllMeanwhile`, and if the kernel has no room for both
    /// filters, every packet enters the ring for a moment.
    func attach(_ program: Program, passingAllMeanwhile: Bool) throws(FilterError) {
        try program.attach(to: descriptor.number, passingAllMeanwhile: passingAllMeanwhile)
    }

    /// Sets whether the kernel discards packets that this host sends. See packet(7), PACKET_IGNORE_OUTGOING.
    func ignoreOutgoing(_ isIgnored: Bool) throws(SystemError) {
        try set(PACKET_IGNORE_OUTGOING, CInt(isIgnored ? 1 : 0), "exclude sent packets on")
    }

    /// Sets whether the interface is asked for packets addressed to other hosts. The kernel counts the requests, so
    /// other programs are not affected, and withdraws this one when the socket is closed. See packet(7),
    /// PACKET_MR_PROMISC.
    func setPromiscuous(_ isPromiscuous: Bool) throws(SystemError) {
        var membership = packet_mreq()
        membership.mr_ifindex = interface.index
        membership.mr_type = UInt16(PACKET_MR_PROMISC)
        let option = isPromiscuous ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP
        try set(option, membership, "set promiscuous mode on")
    }

    /// Creates the ring. If the kernel lacks the memory, its size is halved until it fits, down to two blocks; the
    /// ring has the size that the kernel granted.
    func makeRing(_ wanted: RingGeometry) throws(SystemError) -> Ring {
        try set(PACKET_VERSION, CInt(TPACKET_V3.rawValue), "set the ring's version on")
        var geometry = wanted
        while true {
            var request = tpacket_req3()
            request.tp_block_size = UInt32(geometry.block)
            request.tp_block_nr = UInt32(geometry.count)
            // Version 3 ignores frames, but the kernel still checks the arithmetic.
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
        try set(PACKET_RX_RING, request, "allocate a ring of \(geometry.size) bytes on")
        do throws(SystemError) {
            let memory = try Mapping(
                sharing: descriptor, count: geometry.size, subject: "the ring of \(interface.name)")
            return Ring(memory: memory, geometry: geometry)
        } catch {
            // The kernel has created the ring and creates no other one until this one is released.
            try? set(PACKET_RX_RING, tpacket_req3(), "release the ring of")
            throw error
        }
    }

    /// Binds the socket to its interface: from here on packets arrive. See packet(7).
    func startReception() throws(SystemError) { try bind(to: UInt16(ETH_P_ALL)) }

    /// Joins a fan-out group: its sockets share the interface's packets by flow, and each packet goes to one of them.
    /// The first member creates the group and sets `group` to its number. Packets already arrive at this point, so
    /// the current filter must reject everything (I1). The group does not reassemble fragments, because that would
    /// change what is captured. See packet(7), PACKET_FANOUT.
    func join(_ group: inout UInt16?) throws(SystemError) {
        let type = UInt32(PACKET_FANOUT_HASH) | (group == nil ? UInt32(PACKET_FANOUT_FLAG_UNIQUEID) : 0)
        try set(PACKET_FANOUT, UInt32(group ?? 0) | type << 16, "join the fan-out group of")
        var answer: UInt32 = 0
        var size = socklen_t(MemoryLayout<UInt32>.size)
        unsafe _ = getsockopt(number, SOL_PACKET, PACKET_FANOUT, &answer, &size)
        group = UInt16(truncatingIfNeeded: answer)
    }

    /// Stops reception. Packets in the ring stay there. A missing interface is no error: it sends none.
    func stopReception() {
        // Binding to protocol 0 would keep the protocol (net/packet/af_packet.c, packet_do_bind), and a filter that
        // rejects everything may not fit beside the current one (optmem_max). So the socket is bound to a protocol
        // that no frame has. A member of a fan-out group cannot be bound again and gets the filter.
        do { try bind(to: 0xffff) } catch { try? attach(.rejectAll, passingAllMeanwhile: false) }
    }

    private func bind(to frameType: UInt16) throws(SystemError) {
        guard holdfast_bind_packet_socket(number, frameType, interface.index) == 0 else {
            throw SystemError("capture on", interface.name, Errno(rawValue: errno))
        }
    }

    /// The kernel's counts since the last call; `received` includes `dropped`. Reading clears the counters, which are
    /// 32 bits wide, so only the drain thread calls this (I2). See packet(7), PACKET_STATISTICS.
    func takeStatistics() -> (received: UInt64, dropped: UInt64, freezes: UInt64) {
        var counted = tpacket_stats_v3()
        var size = socklen_t(MemoryLayout<tpacket_stats_v3>.size)
        unsafe _ = getsockopt(number, SOL_PACKET, PACKET_STATISTICS, &counted, &size)
        return (UInt64(counted.tp_packets), UInt64(counted.tp_drops), UInt64(counted.tp_freeze_q_cnt))
    }

    /// Clears the pending error that made `poll` return, such as an interface that went down; `poll` would return at
    /// once again.
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
