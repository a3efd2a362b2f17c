import BPF
import Glibc

/// The running kernel as a reference: a program attached to one end of a datagram socket pair, and packets sent into
/// the other.
///
/// The length of the received datagram is the verdict. Needs no privilege and no network.
struct KernelOracle: ~Copyable {
    private let receiver: CInt
    private let sender: CInt

    init() throws {
        var pair: [2 of CInt] = [-1, -1]
        let made = unsafe withUnsafeMutableBytes(of: &pair) { bytes in
            unsafe socketpair(
                AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0, bytes.assumingMemoryBound(to: CInt.self).baseAddress)
        }
        guard made == 0 else { throw FilterError("socketpair: \(errno)") }
        (receiver, sender) = (pair[0], pair[1])
    }

    deinit {
        close(receiver)
        close(sender)
    }

    func attach(_ program: Program, passingAllMeanwhile: Bool = false) throws(FilterError) {
        try program.attach(to: receiver, passingAllMeanwhile: passingAllMeanwhile)
    }

    var attached: Program? { Program(attachedTo: receiver) }

    /// The number of bytes that the kernel keeps of a packet, which must not be empty.
    func verdict(on packet: [UInt8]) -> Int {
        unsafe packet.withUnsafeBytes { bytes in _ = unsafe send(sender, bytes.baseAddress, bytes.count, 0) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe recv(receiver, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT))
        }
        return max(0, count)
    }

    /// The metadata of packets on such a socket.
    static var metadata: PacketMetadata {
        var metadata = PacketMetadata()
        metadata.networkOffset = 0
        return metadata
    }
}
