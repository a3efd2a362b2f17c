/// What a packet is as a record of a segment.
struct RecordShape {
    /// The VLAN tag that goes back into it.
    var tag: UInt32?
    /// Bytes kept of the packet, and bytes on the wire, the tag included.
    var captured: UInt32
    var wireLength: UInt32
    /// When it came, in seconds since 1970.
    var second: Int64
    /// Bytes of the file.
    var length: Int
}
