// FilterTool: what the command `holdfast filter` does, without the command line.
//
// Programs come as expressions, by name from a configuration, or as text in any form (`ProgramForm`); they leave as text, or as
// answers about the packets of a capture file: `Verdicts` has a line for each packet, `TraceListing` one for each step. The module
// puts BPF (programs), Pcap (files) and Settings (names) together, and is where their input and output is.
