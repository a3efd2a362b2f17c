import BPF
import Pcap
public import Settings

/// What a filter decides about each packet of a capture file.
public enum Verdicts {
    /// Writes a line "PACKET-NUMBER<tab>RETURN-VALUE" for each packet. Complaints come after the packets before them.
    public static func write(of filter: FilterSource, about path: String, to output: inout Output) throws {
        var verdicts = Decider(filter) { program in
            let interpreter = Interpreter(program)
            let asksForDirection = program.asksForDirection
            return { (packet: borrowing PacketRecord) throws(Complaint) -> UInt32 in
                if asksForDirection { try packet.ensureDirection(in: path) }
                return interpreter.run(packet.bytes, wireLength: packet.wireLength) { PacketMetadata(packet) }
            }
        }
        try output.flushing { output in
            let linkTypes = try CaptureFile.forEachPacket(of: path) { packet in
                let verdict = try verdicts[packet.linkType]
                try output.write(verdict(packet), about: packet.number)
            }
            try verdicts.check(with: linkTypes)
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
