import SystemPackage

/// Files of TPACKET_V3 ring blocks, as written by stenotype.
enum RingBlocks {
    /// stenotype's --blocksize_kb, in bytes.
    private static let size = 1 << 20

    /// The sum of the packets in all block headers. See linux/if_packet.h, struct tpacket_block_desc: the version, 2,
    /// comes first, and num_pkts is at byte 12.
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
