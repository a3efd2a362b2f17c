import BPF
import Pcap
public import Settings

/// How a filter comes to its decision about each packet of a capture file.
public enum Trace {
    /// Writes a line for each step: the instruction's number, the instruction, and what A and X are after it. Then the line
    /// that `Verdicts` writes.
    public static func write(of filter: FilterSource, about path: String, to output: inout Output) throws {
        var programs = Decider(filter) { ($0, steps(of: $0.program)) }
        try output.flushing { output in
            try CaptureFile.forEachPacket(of: path) { packet in
                let (program, steps) = try programs[packet.linkType]
                let metadata = PacketMetadata(packet)
                var machine = Machine(program)
                while machine.verdict == nil {
                    output.append(steps[machine.pc])
                    machine.step(on: packet.bytes, wireLength: packet.wireLength, metadata: metadata)
                    output.append("A 0x")
                    output.append(hexadecimal: machine.a)
                    output.append("  X 0x")
                    output.append(hexadecimal: machine.x)
                    try output.endLine()
                }
                try output.write(machine.verdict ?? 0, about: packet.number)
            }
        }
    }

    /// The first two columns of each instruction's steps. Labels are named after instructions, so they lead to a number.
    private static func steps(of program: Program) -> [String] {
        let instructions = program.assembly.split(separator: "\n").map { line in
            (line.split(separator: ":").last ?? line).drop { $0 == " " }
        }
        let width = instructions.map(\.count).max() ?? 0
        return instructions.enumerated().map { index, text in
            let number = String(index)
            return String(repeating: " ", count: max(0, 8 - number.count)) + number + "  " + text
                + String(repeating: " ", count: width - text.count + 2)
        }
    }
}
