// The bytes of a packet, read in network order. The module's unsafe code stands here (checked reads), in Registers.swift (the
// interpreter's reads of packet and steps), in Code.swift (the steps' memory), and in the calls to C: KernelFilter.swift and
// ExpressionCompiler.swift.

extension RawSpan {
    /// An unsigned number in network order; nil where it does not lie wholly inside.
    func number(_ size: Size, at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= byteCount - Int(size.bytes) else { return nil }
        // Inside, as just checked.
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

    /// The number at a 32-bit offset as Linux understands it: from 0 to 2^31 - 1 it is one in the packet; the others are
    /// negative and count from the network header (SKF_NET_OFF on) or from the link header (SKF_LL_OFF on).
    func number(_ size: Size, atLinuxOffset offset: UInt32, networkOffset: UInt32) -> UInt32? {
        switch offset {
        case 0..<0x8000_0000: number(size, at: Int(offset))
        case HeaderOffset.network...: number(size, at: Int(networkOffset) + Int(offset - HeaderOffset.network))
        case HeaderOffset.link...: number(size, at: Int(offset - HeaderOffset.link))
        default: nil
        }
    }

    /// 16 bits in this machine's order; nil where they do not lie wholly inside.
    func hostHalf(at offset: Int) -> UInt16? {
        guard offset >= 0, offset <= byteCount - 2 else { return nil }
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
    }
}
