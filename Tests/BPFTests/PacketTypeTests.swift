import BPF
import Testing

/// The restriction of programs to packet types, and the reach of programs.
@Suite struct PacketTypeTests {
    @Test("A restricted program accepts only packets of the given types", arguments: UInt8(0)..<8)
    func restrictedProgramAcceptsPackets(rawValue: UInt8) throws {
        let types = PacketTypes(rawValue: rawValue)
        // The program relies on A being 0 at its start.
        let program = try Program(assembly: "add #7\nret a").restricted(to: types)
        let verified = try VerifiedProgram(program)
        for (number, type) in [
            (0, PacketTypes.received), (1, .received), (2, .received), (3, .otherHost), (4, .outgoing),
        ] {
            var metadata = PacketMetadata()
            metadata.packetType = UInt8(number)
            let expected: UInt32 = types.contains(type) ? 7 : 0
            #expect(Machine.run(verified, on: [1], metadata: metadata) == expected, "\(rawValue), type \(number)")
        }
    }

    @Test(
        arguments: [
            ("ldh [12]\nret a", 14), ("ldx 4*([14]&0xf)\nld [x+16]\nret a", 80), ("ldx 4*([14]&0xf)\nret #1", 15),
            ("ret #1", 0), ("ld len\nret a", 0), ("ldxb 4*([0x80000000]&0xf)\nret #1", nil),
            ("ldb [-1048576]\nret a", nil),
            ("ldx #1\nldb [x+0]\nret a", nil), ("ld #mark\nret a", nil), ("ld #proto\nret a", 0),
        ] as [(String, UInt32?)]) func `The reach bounds the bytes read`(_ text: String, _ reach: UInt32?) throws
    {
        #expect(try VerifiedProgram(Program(assembly: text)).reach == reach)
    }
}
