import BPF
import CPcap

/// Our interpreter and libpcap's, over the same packets, by turns.
struct Race {
    /// What one filter costs: nanoseconds for each packet, median of the rounds, and the median of each round's ratio.
    struct Result {
        let ours: Double
        let theirs: Double
        let ratio: Double
        let accepted: Int
    }

    let packets: SavedPackets
    let rounds = 41

    func run(_ expression: String) throws -> Result {
        let program = try ExpressionCompiler(dataLinkType: packets.linkType).compile(expression)
        let interpreter = Interpreter(try VerifiedProgram(program))
        var instructions = program.instructions.map {
            bpf_insn(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k)
        }
        // Enough repetitions that a round takes some milliseconds.
        let repetitions = max(1, 400_000 / packets.packets.count)
        var (ours, theirs, ratios) = ([Double](), [Double](), [Double]())
        var accepted = 0
        for round in 0..<rounds {
            var (ourCount, theirCount) = (0, 0)
            var ourTime = 0.0
            if round % 2 == 0 { ourTime = time { ourCount = countOurs(interpreter, repetitions) } }
            let theirTime = time { theirCount = countTheirs(&instructions, repetitions) }
            if round % 2 == 1 { ourTime = time { ourCount = countOurs(interpreter, repetitions) } }
            guard ourCount == theirCount else {
                throw Failure("\(expression): we accept \(ourCount) packets, libpcap \(theirCount)")
            }
            accepted = ourCount / repetitions
            let executions = Double(repetitions * packets.packets.count)
            ours.append(ourTime / executions)
            theirs.append(theirTime / executions)
            ratios.append(theirTime / ourTime)
        }
        return Result(ours: median(ours), theirs: median(theirs), ratio: median(ratios), accepted: accepted)
    }

    @inline(never)
    private func countOurs(_ interpreter: Interpreter, _ repetitions: Int) -> Int {
        let bytes = unsafe packets.bytes.span.bytes
        let list = packets.packets.span
        var count = 0
        for _ in 0..<repetitions {
            for index in list.indices {
                let packet = list[index]
                // The range is the packet's, written when its bytes were appended.
                let data = unsafe bytes.extracting(
                    unchecked: Range(uncheckedBounds: (packet.offset, packet.offset &+ packet.captured)))
                if interpreter.run(data, wireLength: packet.wireLength) != 0 { count += 1 }
            }
        }
        return count
    }

    @inline(never)
    private func countTheirs(_ instructions: inout [bpf_insn], _ repetitions: Int) -> Int {
        unsafe instructions.withUnsafeMutableBufferPointer { code in
            var program = unsafe bpf_program(bf_len: UInt32(code.count), bf_insns: code.baseAddress)
            return unsafe packets.bytes.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                let list = packets.packets.span
                var header = pcap_pkthdr()
                var count = 0
                for _ in 0..<repetitions {
                    for index in list.indices {
                        let packet = list[index]
                        header.caplen = UInt32(packet.captured)
                        header.len = packet.wireLength
                        if unsafe pcap_offline_filter(&program, &header, base + packet.offset) != 0 { count += 1 }
                    }
                }
                return count
            }
        }
    }
}

/// Nanoseconds that some work takes.
private func time(_ work: () -> Void) -> Double {
    let duration = ContinuousClock().measure(work)
    return Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
}

private func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }
