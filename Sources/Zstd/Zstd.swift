// Zstd: compressed files as a single Zstandard frame that can end at any block, with libzstd.
//
// A frame consists of a header and blocks; the last block is marked as such. When `encode` returns, all its input is
// in complete blocks. So the file can be cut there, and any program can finish it with an empty last block
// (`ending`), because nothing in the frame depends on where it ends. For that reason there is no checksum.
//
// A single frame is used instead of one per hold buffer for two reasons. Wireshark before 4.6 finds a second frame
// only by chance, because it looks for it at the start of its input buffer. And small pieces compress far better if
// they can refer to earlier data.
//
// The module performs no I/O. Source: RFC 8878, section 3.1.1.
