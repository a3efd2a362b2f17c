import BPF
import Testing

/// The classic BPF programs of the Linux kernel's test suite (lib/test_bpf.c).
@Suite struct ClassicTests {
    struct File: Decodable {
        let tests: [Test]

        struct Test: Decodable {
            let name: String
            let flags: [String]
            let insns: Numbers
            let fragData: [UInt8]
            let checkerReason: String?
            let tests: [Subtest]
        }

        struct Subtest: Decodable {
            let dataSize: Int
            let expected: UInt32
            let packetHex: String?
            let refBsd: UInt32?
        }
    }

    @Test("The kernel's test programs return the expected verdicts or rejections", .enabled(if: Vectors.exist))
    func kernelTests() throws {
        var tally = Tally("kernel's classic tests, programs")
        for test in try Vectors.load("test_bpf_classic.json", as: File.self).tests {
            let program = Program(test.insns)
            if test.name == "BPF_MAXINSNS: jump over MSH" {
                tally.skip("follows every rule; refused only because its translation does not fit eBPF", test.name)
                #expect(refusal(program) == nil)
                continue
            }
            if test.flags.contains("FLAG_EXPECTED_FAIL") {
                #expect(refusal(program)?.asInVectors == test.checkerReason, "\(test.name)")
                tally.pass()
                continue
            }
            let verified = try VerifiedProgram(program)
            let interpreter = Interpreter(verified)
            for subtest in test.tests {
                let packet = packet(of: test, subtest)
                let metadata = metadata(of: test, subtest)
                #expect(interpreter.run(packet, metadata: metadata) == subtest.expected, "\(test.name)")
                #expect(Machine.run(verified, on: packet, metadata: metadata) == subtest.expected, "\(test.name)")
            }
            tally.pass()
        }
        tally.report()
    }

    @Test("As libpcap programs, the kernel's tests return libpcap's verdicts", .enabled(if: Vectors.exist))
    func asLibpcap() throws {
        for test in try Vectors.load("test_bpf_classic.json", as: File.self).tests
        where !test.flags.contains("FLAG_EXPECTED_FAIL") {
            let program = Program(test.insns)
            let interpreter = Interpreter(try VerifiedProgram(program, as: .libpcap))
            for subtest in test.tests {
                let packet = packet(of: test, subtest)
                let theirs = pcapVerdict(program, on: packet, wireLength: UInt32(packet.count))
                #expect(interpreter.run(packet) == theirs, "\(test.name)")
                if let theirs = subtest.refBsd { #expect(interpreter.run(packet) == theirs, "\(test.name)") }
            }
        }
    }

    private func packet(of test: File.Test, _ subtest: File.Subtest) -> [UInt8] {
        var packet = [UInt8](hex: subtest.packetHex ?? "")
        guard test.flags.contains("FLAG_SKB_FRAG"), packet.count == subtest.dataSize else { return packet }
        packet += test.fragData + [UInt8](repeating: 0, count: 128 - test.fragData.count)
        return packet
    }

    /// The metadata that populate_skb() of the test suite sets.
    private func metadata(of test: File.Test, _ subtest: File.Subtest) -> PacketMetadata {
        var metadata = PacketMetadata()
        metadata.proto = 0x0800
        metadata.packetType = 3
        metadata.interfaceIndex = 577
        metadata.hardwareType = 588
        metadata.mark = 0x1234_aaaa
        metadata.queue = 123
        metadata.receiveHash = 0x1234_aaab
        metadata.vlanTCI = 0xffff
        metadata.vlanIsPresent = true
        metadata.vlanTPID = 0x0800
        metadata.networkOffset = UInt32(min(subtest.dataSize, 14))
        // The result of the flow dissector: an ICMP echo after Ethernet and IPv4, if the packet is long enough.
        metadata.payloadOffset = test.name == "LD_PAYLOAD_OFF" && subtest.dataSize >= 42 ? 42 : 0
        return metadata
    }
}
