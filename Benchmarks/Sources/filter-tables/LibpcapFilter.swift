import BPF
import CPcap

/// A program for pcap_offline_filter, libpcap's interpreter.
///
/// Unsafe here: the C structures, which are in allocated memory for the lifetime of the object, so that a call costs
/// no more than in C.
@safe final class LibpcapFilter {
    private let instructions: UnsafeMutableBufferPointer<bpf_insn>
    private let program: UnsafeMutablePointer<bpf_program>
    private let header: UnsafeMutablePointer<pcap_pkthdr>

    init(_ program: Program) {
        unsafe instructions = .allocate(capacity: program.instructions.count)
        _ = unsafe instructions.initialize(
            fromContentsOf: program.instructions.map { bpf_insn(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k) })
        unsafe self.program = .allocate(capacity: 1)
        unsafe self.program.initialize(
            to: bpf_program(bf_len: UInt32(instructions.count), bf_insns: instructions.baseAddress))
        unsafe header = .allocate(capacity: 1)
        unsafe header.initialize(to: pcap_pkthdr())
    }

    deinit {
        unsafe instructions.deallocate()
        unsafe program.deallocate()
        unsafe header.deallocate()
    }

    @inline(__always) func verdict(_ packet: RawSpan, _ wireLength: UInt32) -> CInt {
        unsafe header.pointee.caplen = UInt32(truncatingIfNeeded: packet.byteCount)
        unsafe header.pointee.len = wireLength
        return unsafe packet.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe pcap_offline_filter(program, header, start)
        }
    }
}
