/// A place in a capture file at which a reader can begin: a record, and the bytes that define how to read it.
///
/// All offsets count bytes of the uncompressed file.
package struct CapturePlace: Equatable, Hashable, Sendable {
    /// The start of the record or block.
    package var offset: UInt64
    /// The bytes to read first: the header of a pcap file; in a pcapng file, from the section header to the end of
    /// the section's last interface description in front of `offset`. Packets between the descriptions are skipped.
    package var head: Range<UInt64>

    package init(offset: UInt64, head: Range<UInt64>) { (self.offset, self.head) = (offset, head) }
}
