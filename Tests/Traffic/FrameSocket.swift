import CLinux
import CTraffic
import Glibc
import Linux
public import SystemPackage

/// An AF_PACKET socket that sends frames unchanged and receives none.
public struct FrameSocket: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Opens a socket on `interface`. Bypassing the queue is faster, but hides the frames from other taps on the same
    /// interface; taps on the other end of the link see them. See packet(7), PACKET_QDISC_BYPASS.
    public init(on interface: String, bypassingQueue bypass: Bool = true) throws(Errno) {
        let number = socket(AF_PACKET, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let descriptor = Descriptor(owning: number)
        var one: CInt = 1
        if bypass { unsafe _ = setsockopt(number, SOL_PACKET, PACKET_QDISC_BYPASS, &one, 4) }
        let index = CInt(unsafe if_nametoindex(interface))
        guard index > 0 else { throw .noSuchAddressOrDevice }
        guard holdfast_bind_packet_socket(number, 0, index) == 0 else { throw Errno(rawValue: errno) }
        self.descriptor = descriptor
    }

    public func send(_ frame: [UInt8]) throws(Errno) {
        guard unsafe try send(frame.span.bytes, stride: frame.count, lengths: [UInt16(frame.count)].span) == 1 else {
            throw .noBufferSpace
        }
    }

    /// Sends up to 128 frames that are `stride` bytes apart; returns how many the kernel accepted, from the first one
    /// on: 0 if the queue is full.
    func send(_ frames: RawSpan, stride: Int, lengths: Span<UInt16>) throws(Errno) -> Int {
        let sent = unsafe frames.withUnsafeBytes { frames in
            unsafe lengths.withUnsafeBufferPointer { lengths -> CInt in
                guard let first = frames.baseAddress, let length = lengths.baseAddress else { return 0 }
                return unsafe traffic_send(
                    descriptor.number, first, UInt32(stride), length, UInt32(lengths.count))
            }
        }
        if sent >= 0 { return Int(sent) }
        let reason = Errno(rawValue: errno)
        guard reason == .noBufferSpace || reason == .resourceTemporarilyUnavailable || reason == .interrupted else {
            throw reason
        }
        return 0
    }
}
