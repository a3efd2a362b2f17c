/// A packet as a record of a segment.
struct RecordShape {
    /// The VLAN tag to put back.
    var tag: UInt32?
    /// Bytes kept and bytes on the wire, tag included.
    var captured: UInt32
    var wireLength: UInt32
    /// Timestamp in seconds since 1970.
    var second: Int64
    /// Bytes of the record in the file.
    var length: Int
}
