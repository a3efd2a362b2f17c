import SystemPackage

/// Files of TPACKET_V3 ring blocks, which is what stenotype writes.
enum RingBlocks {
    /// stenotype's --blocksize_kb.
    private static let size = 1 << 20

    /// Adds up what each block's header says. See linux/if_packet.h, struct tpacket_block_desc: the version, 2, stands first,
    /// num_pkts at byte 12.
    static func packets(in path: String) throws -> UInt64 {
        let file = try FileDescriptor.open(FilePath(path), .readOnly)
        defer { try? file.close() }
        var header = [UInt32](repeating: 0, count: 4)
        var (count, offset) = (UInt64(0), Int64(0))
        while true {
            let read = try unsafe header.withUnsafeMutableBytes { bytes in
                try unsafe file.read(fromAbsoluteOffset: offset, into: bytes)
            }
            guard read == 16, header[0] == 2 else { return count }
            count += UInt64(header[3])
            offset += Int64(size)
        }
    }
}
