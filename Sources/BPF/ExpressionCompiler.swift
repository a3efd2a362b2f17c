import CLinux
import CPcap
import Glibc
import SystemPackage

/// Compiles pcap-filter(7) expressions with libpcap, for one interface or one link type.
///
/// On an interface the compiler is an activated libpcap handle: only such a handle knows that the running kernel keeps VLAN
/// tags and directions beside the packet, so only there do `vlan` and `inbound` become the tests that match live traffic.
/// Without the privilege to open one, a link type alone is enough to check an expression, not to run it.
///
/// An activated handle is a packet socket with a ring. To open one and to close it takes tens of milliseconds, since each makes
/// the kernel wait until no processor uses its list of taps any more (synchronize_net in net/packet/af_packet.c). So keep a
/// compiler that will be asked again. It costs nothing meanwhile: its socket receives no packet.
///
/// Belongs to one thread at a time, and may move to another.
@safe public final class ExpressionCompiler: @unchecked Sendable {
    private let handle: OpaquePointer

    /// The greatest snap length that readers of capture files accept (MAXIMUM_SNAPLEN, libpcap).
    public static let maximumSnapLength: UInt32 = 262_144

    /// A compiler for packets as they come from `interface`, which must be up. Needs CAP_NET_RAW. `kernelName` is its name as a C
    /// string, where that is not what `interface` shows.
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
        // Off the interface, where it would cost the host as much for every packet as a tap: to a type that no frame has, and
        // to no interface in particular.
        guard unsafe holdfast_bind_packet_socket(pcap_fileno(handle), 0xffff, 0) == 0 else {
            let reason = Errno(rawValue: errno)
            unsafe pcap_close(handle)
            throw FilterError("libpcap's socket on \(interface) cannot be unbound: \(reason)")
        }
        unsafe self.handle = handle
    }

    /// A compiler that checks expressions for a link type (a DLT_ number) without opening anything.
    public init(dataLinkType: Int32) throws(FilterError) {
        guard let handle = unsafe pcap_open_dead(dataLinkType, CInt(ExpressionCompiler.maximumSnapLength)) else {
            throw FilterError("libpcap does not know link type \(dataLinkType)")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe pcap_close(handle) }

    /// The program of an expression; it keeps accepted packets whole. Refusals carry libpcap's own words. `netmask` is that of the
    /// interface's network, as a number, which `ip broadcast` needs; `isOptimized` is whether libpcap shortens the
    /// program.
    ///
    /// Takes as long as libpcap does, with long lists of hosts minutes, and while a name's address is asked for half a minute.
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

/// A C string in an array, up to its end mark.
private func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
