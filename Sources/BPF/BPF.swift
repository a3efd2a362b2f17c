// BPF: the filter machine, as values.
//
// The machine of McCanne and Jacobson (1993, section 3) looks at one packet and says how many of its bytes to keep; 0 drops
// it. It has an accumulator A, an index register X, sixteen words of scratch memory M[], all of 32 bits, all unsigned, and
// a program counter that only moves forward: every program ends. It reads the packet in network order, never writes it, and
// a read past its end drops the packet. That is all, and it is why a kernel can run a stranger's program.
//
//     ldh [12]              A <- the Ethernet type, a half word at byte 12
//     jeq #0x800, L1, L2    is it IPv4?
//     L1: ret #262144       yes: keep up to 262144 bytes
//     L2: ret #0            no: drop
//
// One program goes through these forms:
//
//     text --Assembler--> Program --VerifiedProgram.init--> VerifiedProgram --Interpreter.init--> Interpreter --run--> verdict
//      ^                     |
//      +-----Disassembly-----+      also: decimal and C arrays in and out, libpcap's listing out
//
// * `Instruction` is the form of the kernel: 64 bits. `Operation` is what it means; decoding is total, the unknown stays raw.
// * `Program` is an array of instructions and may be anything. `VerifiedProgram` is one that the kernel would take.
// * `Machine` executes operations one at a time, as slowly and plainly as the paper tells it: for traces, and as the
//   yardstick of the tests. `Interpreter` gives the same answers fast.
// * `FlowGraph` is a program as the paper draws it; `Optimizer` makes it shorter; `Program.union` makes one of many, and a
//   `Classifier` says which of many accept a packet.
// * `lookUp` is an operation that no kernel has: whether an address is in a list (`AddressTable`). `KernelUnion` has comparisons in
//   its place.
// * `Dialect` says whose reading of the machine is meant where Linux and libpcap differ.
//
// Beside the folders are the machine and its rules. Each folder uses what is left of it:
//
//     Text        Graph --> Planning --> Union        asking one program that stands for many
//     Interpreter             |
//          +------------------+--------> Classifier   asking which of many
//                 Graph --> Lists                     expressions that name lists of hosts
//
// Nothing here does input or output, but for libpcap asking an interface what it is, and the kernel being asked its opinion.
