// Pcap: the file formats, as values and bytes.
//
// A pcap file is a header of 24 bytes and then records: 16 bytes of header (time, captured length, length on the wire)
// and the packet. Its words are in the writer's byte order (ours is always little-endian); the magic number tells the
// reader which, and whether the fraction of a second counts micro- or nanoseconds. A pcapng file is a sequence of typed
// blocks, each with its length before and after it: a section header, descriptions of interfaces, packets. `CaptureReader`
// reads both. Nothing here reads or writes a file: bytes in, values out.
// Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, pcap-savefile(5).
