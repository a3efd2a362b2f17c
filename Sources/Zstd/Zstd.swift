// Zstd: a file packed as one Zstandard frame, by libzstd, that may end at any time.
//
// A frame is a header and blocks; the last one says that it is the last. What has been given to an encoder is all in whole
// blocks when `encode` returns, so the file behind can be cut there, and finished with an empty last block (`ending`)
// by whoever finds it: there is nothing in a frame that depends on how it ends. So it has no checksum.
//
// Why one frame, and not one for each piece: Wireshark before 4.6 finds a second frame only by chance (it looks for it at the
// start of its input buffer), and small pieces pack far better where they can refer to what came before.
// Nothing here reads or writes a file: bytes in, bytes out. Source: RFC 8878, section 3.1.1.
