// Capture: the data plane. How a packet travels, file by file:
//
//     PacketSocket   the kernel's tap: an AF_PACKET socket whose filter decides before anything is copied
//     Ring, Block    the memory the kernel fills; a block is owned, and given back when its owner lets go
//     Packet         one packet seen in its block; cannot outlive it
//     DrainLoop      one thread per tap: takes blocks, asks whose each packet is, hands it to those stores
//     Store, Buffer  the buffer being filled with finished records, and where a segment ends
//     SegmentLayout  what a record is, and what stands before the first and behind the last, in each file format
//     Exchange       hold and free: full buffers on their way to disk, empty ones on their way back
//     WriterLoop     one thread per capture and interface: one large write for each hold buffer
//     Compressor     packs what a hold buffer has, where a capture wants that
//     Segment        a capture file; hidden as NAME.part until it is whole
//     LossMeter      a counter of losses and the episodes in which it grew; see Coverage/
//     Adoption       what a directory holds before a capture begins; Repair makes those whole that a crash left open
//     SegmentCatalog      removes sealed segments that may not stay; Inventory says which, in which order; FreeSpaceGuard keeps room
//     TapRule        what a tap is to do for its captures, and the program that the kernel gets for it
//     Tap            all of it, opened; RunningTap with its threads, changed and stopped by way of TapCommands
//
// Two threads meet in the exchange alone. Ownership is the protocol: a buffer is in one place at a time because it cannot
// be copied, and packet bytes cannot be kept because the compiler refuses it. Every packet that is lost has one name
// (Counters). Nothing here logs, reads configuration, allocates, locks or calls the kernel for a packet.
