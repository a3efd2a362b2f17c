// Bounds-checked reads of packet bytes in network byte order. The unsafe code of the module is here, in
// Registers.swift (the interpreter's reads of packets and steps), in Code.swift (the memory of the steps), in
// AddressTable.swift (the memory of the bounds), and in the calls to C in KernelFilter.swift and
// ExpressionCompiler.swift.

extension RawSpan {
    /// The unsigned number at `offset`, in network byte order; nil if it does not lie entirely inside the packet.
    func number(_ size: Size, at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= byteCount - Int(size.bytes) else { return nil }
        // In bounds: checked above.
        switch size {
        case .word:
            return UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
        case .half:
            let half = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
            return UInt32(UInt16(bigEndian: half))
        case .byte:
            return UInt32(unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self))
        }
    }

    /// The number at a 32-bit offset with the semantics of Linux.
    ///
    /// Offsets below 2^31 count from the start of the packet. The others are negative and count from the network
    /// header (SKF_NET_OFF) or the link-layer header (SKF_LL_OFF).
    func number(_ size: Size, atLinuxOffset offset: UInt32, networkOffset: UInt32) -> UInt32? {
        switch offset {
        case 0..<0x8000_0000: number(size, at: Int(offset))
        case HeaderOffset.network...: number(size, at: Int(networkOffset) + Int(offset - HeaderOffset.network))
        case HeaderOffset.link...: number(size, at: Int(offset - HeaderOffset.link))
        default: nil
        }
    }

    /// The 16 bits at `offset` in host byte order; nil if they do not lie entirely inside the packet.
    func hostHalf(at offset: Int) -> UInt16? {
        guard offset >= 0, offset <= byteCount - 2 else { return nil }
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
    }
}
