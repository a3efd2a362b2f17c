// Pcap: the formats of capture files, as values and bytes.
//
// A pcap file is a header of 24 bytes followed by records: 16 bytes of header (timestamp, captured length, wire
// length) and the packet. Its words are in the writer's byte order; Holdfast always writes little-endian. The magic
// number determines the byte order and whether the fraction of a second counts microseconds or nanoseconds.
//
// A pcapng file is a sequence of typed blocks, each with its length before and after it: a section header,
// descriptions of interfaces, packets.
//
// `CaptureReader` reads both. The module accesses no files: its input and output are bytes and values.
//
// Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, pcap-savefile(5).
