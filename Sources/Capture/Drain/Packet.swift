import BPF
import CLinux
import Pcap

/// The packets of a block, in sequence.
@safe struct Packets: ~Escapable {
    private var cursor: UnsafeRawPointer
    private var remaining: Int

    @_lifetime(immortal)
    init(first: UnsafeRawPointer, count: Int) {
        unsafe cursor = first
        remaining = count
    }

    /// The next packet; nil after the last one. The count ends the sequence: the last packet's offset to the next is
    /// 0.
    var first: Packet? {
        @_lifetime(copy self)
        @inline(__always)
        get {
            guard remaining > 0 else { return nil }
            return unsafe _overrideLifetime(Packet(header: cursor), copying: self)
        }
    }

    /// Advances to the next packet, if there is one.
    @inline(__always)
    mutating func removeFirst() {
        guard remaining > 0 else { return }
        remaining -= 1
        unsafe cursor += Int(cursor.load(as: UInt32.self))
        // Another processor wrote the next header: prefetch it while this packet is processed.
        unsafe holdfast_prefetch(cursor)
        unsafe holdfast_prefetch(cursor + 64)
    }
}

/// One packet in a ring block, in place: a view of its `struct tpacket3_hdr` (linux/if_packet.h), the `struct
/// sockaddr_ll` behind it, and its bytes. It is only an address, so that it fits in a register.
@safe struct Packet: ~Escapable {
    private let header: UnsafeRawPointer

    @_lifetime(immortal)
    @inline(__always)
    init(header: UnsafeRawPointer) { unsafe self.header = header }

    /// Timestamp: seconds since 1970, UTC, and nanoseconds of that second.
    var seconds: UInt32 { unsafe header.load(fromByteOffset: 4, as: UInt32.self) }
    var nanoseconds: UInt32 { unsafe header.load(fromByteOffset: 8, as: UInt32.self) }
    /// Bytes that the kernel kept.
    var length: UInt32 { unsafe header.load(fromByteOffset: 12, as: UInt32.self) }
    /// Length on the wire in bytes, without the outermost VLAN tag.
    var wireLength: UInt32 { unsafe header.load(fromByteOffset: 16, as: UInt32.self) }

    /// The bytes that the kernel kept, without the outermost VLAN tag.
    var bytes: RawSpan {
        @_lifetime(copy self)
        @inline(__always)
        get {
            let start = unsafe header.load(fromByteOffset: 24, as: UInt16.self)
            let span = unsafe RawSpan(_unsafeStart: header + Int(start), byteCount: Int(length))
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    /// The outermost VLAN tag, TPID and TCI as on the wire; nil if there was none. The kernel removes it from the
    /// bytes before any tap sees the packet. A tag of value 0 (priority only) counts as a tag.
    var tag: UInt32? {
        let status = unsafe header.load(fromByteOffset: 20, as: UInt32.self)
        guard status & UInt32(TP_STATUS_VLAN_VALID) != 0 else { return nil }
        let tci = unsafe header.load(fromByteOffset: 32, as: UInt32.self)
        let known = status & UInt32(TP_STATUS_VLAN_TPID_VALID) != 0
        let tpid = known ? unsafe UInt32(header.load(fromByteOffset: 36, as: UInt16.self)) : UInt32(ETH_P_8021Q)
        return tpid << 16 | tci & 0xffff
    }

    /// Direction and kind of destination: `sll_pkttype` of the `struct sockaddr_ll` behind the header. See packet(7).
    var flags: PacketFlags {
        switch unsafe Int32(header.load(fromByteOffset: 58, as: UInt8.self)) {
        case PACKET_HOST: .inbound(.unicast)
        case PACKET_BROADCAST: .inbound(.broadcast)
        case PACKET_MULTICAST: .inbound(.multicast)
        case PACKET_OTHERHOST: .inbound(.promiscuous)
        case PACKET_OUTGOING: .outbound
        default: .none
        }
    }

    /// What the kernel's filter knew about the packet besides its bytes, as far as the ring reports it in the `struct
    /// sockaddr_ll` behind the header. See Documentation/networking/packet_mmap.rst.
    var metadata: PacketMetadata {
        var metadata = PacketMetadata()
        let (start, network) = unsafe (
            header.load(fromByteOffset: 24, as: UInt16.self), header.load(fromByteOffset: 26, as: UInt16.self)
        )
        metadata.networkOffset = UInt32(network &- start)
        unsafe metadata.proto = UInt16(bigEndian: header.load(fromByteOffset: 50, as: UInt16.self))
        unsafe metadata.interfaceIndex = header.load(fromByteOffset: 52, as: UInt32.self)
        unsafe metadata.hardwareType = header.load(fromByteOffset: 56, as: UInt16.self)
        unsafe metadata.packetType = header.load(fromByteOffset: 58, as: UInt8.self)
        if let tag {
            metadata.vlanIsPresent = true
            metadata.vlanTCI = UInt16(truncatingIfNeeded: tag)
            metadata.vlanTPID = UInt16(truncatingIfNeeded: tag >> 16)
        }
        return metadata
    }
}
