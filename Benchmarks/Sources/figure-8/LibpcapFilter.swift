import BPF
import CPcap

/// A program for pcap_offline_filter, libpcap's interpreter.
@safe final class LibpcapFilter {
    private let instructions: UnsafeMutableBufferPointer<bpf_insn>
    private var program: bpf_program

    init(_ program: Program) {
        unsafe instructions = .allocate(capacity: program.instructions.count)
        _ = unsafe instructions.initialize(
            fromContentsOf: program.instructions.map { bpf_insn(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k) })
        unsafe self.program = bpf_program(bf_len: UInt32(instructions.count), bf_insns: instructions.baseAddress)
    }

    deinit { unsafe instructions.deallocate() }

    @inline(__always) func accepts(_ packet: RawSpan, _ wireLength: UInt32) -> Bool {
        var header = pcap_pkthdr()
        header.caplen = UInt32(truncatingIfNeeded: packet.byteCount)
        header.len = wireLength
        return unsafe packet.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe pcap_offline_filter(&program, &header, start) != 0
        }
    }
}
