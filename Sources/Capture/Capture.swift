// Capture: the data plane. The types and folders below are in the order in which a packet travels.
//
// Tap/         the kernel side of an interface
//     PacketSocket     an AF_PACKET socket whose filter rejects packets before the kernel copies them (I1)
//     Tap              an opened tap; StartedTap has threads, RunningTap receives packets
//     TapChangeover    a prepared reload of one tap, which the tap serves or dismisses
//     TapCommands      what the control plane asks of the drain thread: reload, rotate, stop
// Drain/       from the ring to the stores, one thread per tap
//     Ring, Block      the memory that the kernel fills; a block has one owner and returns to the kernel once (I5)
//     Packet           a view of one packet in its block, which it cannot outlive
//     DrainLoop        takes blocks, classifies their packets and hands them to the stores
// Hold/        the buffers between the two threads
//     Store, Buffer    appends packets as finished records to a page-aligned buffer; decides where a segment ends
//     SegmentLayout    a file format: what begins a segment, how a packet is encoded, what ends a segment
//     Exchange         moves full buffers (hold) to the writer and empty ones (free) back, under one lock (I4)
// Write/       from hold buffers to files, one thread per capture and interface
//     WriterLoop       writes each hold buffer with one large write; suspends and resumes when the disk refuses
//     Compressor       compresses a hold buffer into blocks of a zstd frame
//     Segment          one capture file: NAME.part until it is sealed as NAME (I6)
//     CapturePipeline  exchange, counters and writer thread of one capture on one interface
// Retention/   which segments stay
//     SegmentCatalog   expires sealed segments by retention (I9), in the order that Segments' Inventory gives them
//     FreeSpaceGuard   keeps the free-space reserve of a file system (I10)
// Counters/    what happened to each packet
//     TapCounters      the counts of a tap (I2), readable by every thread; the module Counters has the table
//     CaptureCounters  the counts of one capture on one interface (I3), readable by every thread
//     CaptureEvent     what the data plane reports to the control plane, never per packet
// Coverage/    when packets were dropped
//     LossMeter        one counter of drops, and the episodes in which it grew (I11)
// Disks/       disk work outside the writer threads
//     DiskQueues       one queue and one thread per device, so that a stalled disk delays no other (I15)
//
// What is true of capture files on disk (names, repair, the order in which they expire, their reader) is in the module
// Segments, below this one; what a tap and a capture are asked to do, as values, is in Rules.
//
// The drain thread and a writer thread share buffers only through the exchange. Ownership is the protocol: a buffer
// cannot be copied, so it is in one place at a time, and the compiler rejects references to packet bytes that outlive
// their block. This module does not log and reads no configuration. A packet costs no allocation, no lock, no
// reference count and no system call.
