import BPF
import Pcap
import Segments
package import Settings

/// How a filter decides about each packet of a capture file.
package enum TraceListing {
    /// Writes one line for each step: the instruction's number, the instruction, and the values of A and X after it.
    /// The line of `Verdicts` follows.
    package static func write(of filter: FilterSource, about path: String, to output: inout Output) throws {
        var programs = FilterPerLinkType(filter) { ($0, steps(of: $0)) }
        try output.flushing { output in
            var file = try CaptureFileReader(path)
            while let packet = try file.next() {
                let (program, steps) = try programs[packet.linkType]
                if program.asksForDirection { try packet.ensureDirection(in: path) }
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
            try programs.check(with: file.linkTypesWithoutPackets)
        }
    }

    /// The text of a list lookup, which has no notation in assembly. A lookup returns 2 if the address is in the list,
    /// else 1.
    private static func lookUp(_ operation: Operation) -> Substring? {
        guard case .lookUp(let family, let list, let k, let fromX) = operation else { return nil }
        return "in list \(list), \(family) [\(fromX ? "x + " : "")\(k)]"
    }

    /// The first two columns of each instruction's lines. Labels contain the instruction's number, so a jump shows its
    /// target.
    private static func steps(of program: VerifiedProgram) -> [String] {
        let lines = program.program.assembly.split(separator: "\n")
        let instructions = zip(lines, program.operations).map { line, operation in
            lookUp(operation) ?? (line.split(separator: ":").last ?? line).drop { $0 == " " }
        }
        let width = instructions.map(\.count).max() ?? 0
        return instructions.enumerated().map { index, text in
            let number = String(index)
            return String(repeating: " ", count: max(0, 8 - number.count)) + number + "  " + text
                + String(repeating: " ", count: width - text.count + 2)
        }
    }
}
