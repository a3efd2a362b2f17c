import CLinux
import CPcap
import Glibc
import SystemPackage

/// Compiles pcap-filter(7) expressions with libpcap, for one interface or one link type.
///
/// For an interface, the compiler holds an activated libpcap handle. Only such a handle knows that the kernel keeps
/// VLAN tags and directions beside the packet. So only its programs match live traffic with `vlan` and `inbound`. A
/// compiler for a link type needs no privilege; use it to check expressions or to filter capture files.
///
/// An activated handle is a packet socket with a ring. Opening and closing it takes tens of milliseconds each,
/// because the kernel waits until no processor uses its list of taps (`synchronize_net` in net/packet/af_packet.c).
/// Keep a compiler that you will use again. An idle compiler costs nothing, as its socket receives no packets.
///
/// An instance may move between threads, but only one thread may use it at a time.
@safe public final class ExpressionCompiler: @unchecked Sendable {
    private let handle: OpaquePointer

    /// The largest snap length, in bytes, that readers of capture files accept (libpcap's `MAXIMUM_SNAPLEN`).
    public static let maximumSnapLength: UInt32 = 262_144

    /// Creates a compiler for packets captured on `interface`, which must be up. Requires CAP_NET_RAW.
    ///
    /// `kernelName` is the interface name as a null-terminated C string. Pass it if `interface` is a display form
    /// that differs from the kernel's name. Throws if libpcap cannot open the interface.
    public init(interface: String, kernelName: [CChar]? = nil) throws(FilterError) {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(kernelName ?? Array(interface.utf8CString), &message) else {
            throw FilterError("libpcap cannot open \(interface): \(text(message))")
        }
        unsafe pcap_set_snaplen(handle, CInt(ExpressionCompiler.maximumSnapLength))
        unsafe pcap_set_buffer_size(handle, 1 << 19)
        let status = unsafe pcap_activate(handle)
        guard status >= 0 else {
            let detail = unsafe String(cString: pcap_geterr(handle))
            let reason = unsafe String(cString: pcap_statustostr(status))
            unsafe pcap_close(handle)
            throw FilterError("libpcap cannot open \(interface): \(detail.isEmpty ? reason : detail)")
        }
        // A bound socket would cost the host as much per packet as a tap. Rebinding it to no interface and to a
        // protocol that no frame has stops delivery.
        guard unsafe holdfast_bind_packet_socket(pcap_fileno(handle), 0xffff, 0) == 0 else {
            let reason = Errno(rawValue: errno)
            unsafe pcap_close(handle)
            throw FilterError("libpcap cannot unbind its socket on \(interface): \(reason)")
        }
        unsafe self.handle = handle
    }

    /// Creates a compiler for a link type (a DLT_ number). Opens nothing and needs no privilege.
    ///
    /// Throws if libpcap does not know the link type.
    public init(dataLinkType: Int32) throws(FilterError) {
        guard let handle = unsafe pcap_open_dead(dataLinkType, CInt(ExpressionCompiler.maximumSnapLength)) else {
            throw FilterError("libpcap does not know link type \(dataLinkType)")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe pcap_close(handle) }

    /// Compiles an expression into a program that keeps accepted packets whole.
    ///
    /// `netmask` is the network mask of the interface as an integer; `ip broadcast` requires it. `isOptimized`
    /// selects libpcap's optimizer. Throws libpcap's error message if the expression is invalid.
    ///
    /// The call blocks as long as libpcap does: minutes for long lists of hosts, half a minute while a host name is
    /// resolved.
    public func compile(
        _ expression: String, netmask: UInt32? = nil, isOptimized: Bool = true
    ) throws(FilterError) -> Program {
        var compiled = unsafe bpf_program()
        let status = unsafe pcap_compile(
            handle, &compiled, expression, isOptimized ? 1 : 0, netmask ?? PCAP_NETMASK_UNKNOWN)
        guard status == 0 else { throw FilterError(unsafe String(cString: pcap_geterr(handle))) }
        defer { unsafe pcap_freecode(&compiled) }
        let instructions = unsafe UnsafeBufferPointer(start: compiled.bf_insns, count: Int(compiled.bf_len))
        return Program(
            unsafe instructions.map { Instruction(opcode: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) }
        ).withStoredScratch
    }
}

/// The characters of a null-terminated C string.
private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
