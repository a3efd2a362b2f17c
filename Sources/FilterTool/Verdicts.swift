import BPF
import Pcap
import Segments
package import Settings

/// What a filter decides about each packet of a capture file.
package enum Verdicts {
    /// Writes a line "PACKET-NUMBER<tab>RETURN-VALUE" for each packet. An error comes after the lines of the packets
    /// before it.
    package static func write(of filter: FilterSource, about path: String, to output: inout Output) throws {
        var verdicts = FilterPerLinkType(filter) { program in
            let interpreter = Interpreter(program)
            let verdict = { (packet: borrowing PacketRecord) -> UInt32 in
                interpreter.run(packet.bytes, wireLength: packet.wireLength) { PacketMetadata(packet) }
            }
            return (verdict, program.asksForDirection)
        }
        try output.flushing { output in
            var file = try CaptureFileReader(path)
            while let packet = try file.next() {
                let (verdict, asksForDirection) = try verdicts[packet.linkType]
                if asksForDirection { try packet.ensureDirection(in: path) }
                try output.write(verdict(packet), about: packet.number)
            }
            try verdicts.check(with: file.linkTypesWithoutPackets)
        }
    }
}

extension Output {
    mutating func write(_ verdict: UInt32, about number: UInt64) throws {
        append(number)
        append("\t")
        append(UInt64(verdict))
        try endLine()
    }
}
