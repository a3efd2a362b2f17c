// Segments: capture files on disk, written by Holdfast or another program, and the one way to read them.
//
// A segment is one file of a capture on one interface. Its name contains the capture, the interface, the timestamp of
// the first packet and the kind of file. The daemon appends whole hold buffers to NAME.part; it seals the segment by
// cutting it behind its last record and renaming it (I6, I8). Hence:
//
//     NAME           is complete: it ends behind a record and, if compressed, with the end of its frame
//     NAME.part      is intact up to some record. Behind it is part of a record that is being written; after a crash,
//                    anything, mostly zeros where the file system had allocated space without data
//
// Names/       SegmentName, SegmentKind: what a name contains
//              SegmentOwners: which of several captures a file belongs to
//              Orphans: segments that no configured capture owns
// Reading/     CaptureFileReader: the packets of a capture file in order, in constant memory
//              CapturePlace: where a reader can begin inside a file
// Recovery/    IntactPrefix: how much of an open segment is intact
//              Repair: seals it; Adoption: what a directory contains before a capture starts
// Retention/   RetentionRule: which segments stay; Inventory: in which order the others expire
//              KeepForecast: what a rule would remove
//
// A byte passes through three layers: InputFile reads the file, CaptureBytes decompresses it, and Pcap's CaptureReader
// finds the packets. Each has one buffer; a packet is a view of the last one.
//
// Offsets count bytes of the uncompressed file, so that compression does not change them. Only damage of the
// compressed data itself is reported in bytes of the compressed file.
//
// The data plane (Capture) stands above this module. Nothing here runs for a live packet.
