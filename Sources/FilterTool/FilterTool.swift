// FilterTool: the functions of `holdfast filter`, without the command line.
//
// Input is an expression, a name in a configuration, or a program in any form (`ProgramForm`). Output is a program as
// text, or results for the packets of a capture file: `Verdicts` writes one line per packet, `TraceListing` one line
// per step. The module combines BPF (programs), Pcap (files) and Settings (names), and does their input and output.
