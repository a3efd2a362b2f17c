// BPF: classic BPF programs as values, and everything that works on them.
//
// The machine of McCanne and Jacobson (1993, section 3) examines one packet and returns the number of bytes to keep;
// 0 drops the packet. It has an accumulator A, an index register X and sixteen words of scratch memory M[], all of
// them unsigned 32-bit integers. The program counter only moves forward, so every program terminates. The machine
// reads the packet in network byte order and never writes it; a load past its end drops the packet. These limits let
// a kernel run untrusted programs.
//
//     ldh [12]              A <- the Ethernet type, a half word at byte 12
//     jeq #0x800, L1, L2    is it IPv4?
//     L1: ret #262144       yes: keep up to 262144 bytes
//     L2: ret #0            no: drop
//
// A program passes through these forms:
//
//     text --Assembler--> Program --VerifiedProgram.init--> VerifiedProgram --Interpreter.init--> Interpreter
//      ^                     |                                                                     |
//      +-----Disassembly-----+                                                                     +--run--> verdict
//
// The text forms also include decimal and C arrays (input and output) and libpcap's listing (output only).
//
// * `Instruction` is the kernel's 64-bit encoding; `Operation` is its meaning. Decoding is total: an unknown
//   instruction is kept as it is.
// * `Program` is an array of arbitrary instructions. `VerifiedProgram` follows the kernel's rules.
// * `Machine` executes one operation at a time, as plainly as the paper describes it. It produces traces and is the
//   reference for the tests. `Interpreter` returns the same verdicts, fast.
// * `FlowGraph` is the control flow graph of a program, and `Optimizer` shortens it. `Program.union` merges programs
//   into one, and a `Classifier` determines which of many programs accept a packet.
// * `lookUp` is an operation that no kernel has: the lookup of an address in a list (`AddressTable`). `KernelUnion`
//   replaces it by comparisons.
// * `Dialect` selects between the semantics of Linux and of libpcap where the two differ.
//
// The machine and its rules lie beside the folders. A folder depends only on the folders to its left:
//
//     Text        Graph --> Planning --> Union        one program that merges many
//     Interpreter             |
//          +------------------+--------> Classifier   which of many programs accept a packet
//                 Graph --> Lists                     expressions that name host lists
//
// The module performs no I/O, with two exceptions: libpcap queries an interface, and the kernel checks a program.
