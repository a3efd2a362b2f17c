import BPF
import CPcap

/// The verdict of libpcap's own interpreter.
func pcapVerdict(_ program: Program, on packet: [UInt8], wireLength: UInt32) -> UInt32 {
    let code = program.instructions.map { bpf_insn(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k) }
    return unsafe code.withUnsafeBufferPointer { code in
        unsafe packet.withUnsafeBufferPointer { bytes in
            // libpcap does not read an empty packet but requires an address.
            var nothing: UInt8 = 0
            return unsafe withUnsafePointer(to: &nothing) { nothing in
                unsafe bpf_filter(code.baseAddress, bytes.baseAddress ?? nothing, wireLength, UInt32(bytes.count))
            }
        }
    }
}

/// A program as listed by libpcap.
func pcapListing(_ program: Program) -> String {
    program.instructions.enumerated().map { index, instruction in
        var code = bpf_insn(code: instruction.opcode, jt: instruction.jt, jf: instruction.jf, k: instruction.k)
        return unsafe String(cString: bpf_image(&code, CInt(index))) + "\n"
    }.joined()
}

/// A capture file: its packets and its compiled programs, by libpcap.
@safe struct Savefile: ~Copyable {
    struct Packet {
        let bytes: [UInt8]
        let wireLength: UInt32
    }

    private let handle: OpaquePointer

    init(path: String) throws(FilterError) {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_open_offline(path, &message) else { throw FilterError("cannot open \(path)") }
        unsafe self.handle = handle
    }

    deinit { unsafe pcap_close(handle) }

    var isEthernet: Bool { unsafe pcap_datalink(handle) == DLT_EN10MB }

    func compile(_ expression: String, optimized: Bool = true) throws(FilterError) -> Program {
        var compiled = unsafe bpf_program()
        let status = unsafe pcap_compile(handle, &compiled, expression, optimized ? 1 : 0, PCAP_NETMASK_UNKNOWN)
        guard status == 0 else { throw FilterError(unsafe String(cString: pcap_geterr(handle))) }
        defer { unsafe pcap_freecode(&compiled) }
        let instructions = unsafe UnsafeBufferPointer(start: compiled.bf_insns, count: Int(compiled.bf_len))
        return Program(unsafe instructions.map { Instruction(opcode: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) })
    }

    /// All packets up to the end of the file or the first damage.
    func packets() -> [Packet] {
        var packets: [Packet] = []
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        while unsafe pcap_next_ex(handle, &header, &data) == 1 {
            guard let found = unsafe header?.pointee, let start = unsafe data else { break }
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(found.caplen)))
            packets.append(Packet(bytes: bytes, wireLength: found.len))
        }
        return packets
    }
}
