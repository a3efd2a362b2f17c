// Traffic: packets for tests and benchmarks, of which every byte is known.
//
//     FrameSequence   the frames: number i always has the same bytes
//     FrameSocket     sends frames unchanged, many with one system call
//     Generator       sends a sequence at a rate or as fast as possible, on the calling thread or its own
//     VethPair, Tun   interfaces that exist as long as their owner
//     Command         runs a program and waits for it
//
// Use it only in a private network namespace.

/// An endless sequence of frames that are determined by their index: Ethernet, IPv4 and UDP or TCP. The payload
/// begins with the index; the rest of the payload, the size and the ports are derived from it.
public struct FrameSequence: Equatable, Sendable {
    public enum Transport: Sendable { case udp, tcp }

    /// The transports; the index selects one.
    public var transports: [Transport]
    /// Sizes of frames in bytes, at least 64; the index selects one.
    public var sizes: ClosedRange<Int>
    /// Destination ports, in turn.
    public var ports: [UInt16]

    public init(
        _ transports: [Transport] = [.udp], sizes: ClosedRange<Int> = 64...1500, ports: [UInt16] = [4000]
    ) {
        precondition(!transports.isEmpty && sizes.lowerBound >= 64 && sizes.upperBound <= FrameSequence.longest)
        precondition(!ports.isEmpty)
        (self.transports, self.sizes, self.ports) = (transports, sizes, ports)
    }

    /// The destination port of a frame.
    public func port(of index: UInt64) -> UInt16 {
        ports.count == 1 ? ports[0] : ports[Int(index % UInt64(ports.count))]
    }

    /// The longest frame of any sequence, in bytes.
    public static let longest = 1514

    public func transport(of index: UInt64) -> Transport {
        transports.count == 1 ? transports[0] : transports[Int((hash(index) >> 40) % UInt64(transports.count))]
    }

    public func size(of index: UInt64) -> Int {
        sizes.count == 1 ? sizes.lowerBound : sizes.lowerBound + Int((hash(index) & 0xffff_ffff) % UInt64(sizes.count))
    }

    /// The bytes of a frame.
    public func frame(_ index: UInt64) -> [UInt8] {
        var frame = [UInt8](repeating: 0, count: size(of: index))
        var span = frame.mutableSpan
        var bytes = unsafe span.mutableBytes
        write(index, to: &bytes)
        return frame
    }

    /// Writes a frame into `bytes` at `start`, where it must fit; returns its size.
    @discardableResult
    public func write(_ index: UInt64, to bytes: inout MutableRawSpan, at start: Int = 0) -> Int {
        let (size, transport) = (size(of: index), transport(of: index))
        let payload = start + FrameSequence.payloadOffset(transport)
        writeLinkAndNetwork(index, transport, size: size, to: &bytes, at: start)
        writeTransport(index, transport, size: size, to: &bytes, at: start + 34)
        bytes.storeBytes(of: index.bigEndian, toByteOffset: payload, as: UInt64.self)
        var (word, offset) = (hash(index), payload + 8)
        let end = start + size
        while offset + 8 <= end {
            bytes.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            offset += 8
        }
        while offset < end {
            bytes.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
            word >>= 8
            offset += 1
        }
        return size
    }

    /// The index in the payload of a frame of any sequence; nil for other frames.
    public static func index(of frame: RawSpan) -> UInt64? {
        guard frame.byteCount >= 64 else { return nil }
        let transport: Transport
        switch unsafe frame.unsafeLoad(fromByteOffset: 23, as: UInt8.self) {
        case 17: transport = .udp
        case 6: transport = .tcp
        default: return nil
        }
        return UInt64(
            bigEndian: unsafe frame.unsafeLoadUnaligned(fromByteOffset: payloadOffset(transport), as: UInt64.self))
    }

    private static func payloadOffset(_ transport: Transport) -> Int { transport == .udp ? 42 : 54 }

    /// The destination MAC address of all frames. No host on a test's link has it, so none answers or forwards them.
    public static let destination = "02:00:00:00:00:02"

    private func writeLinkAndNetwork(
        _ index: UInt64, _ transport: Transport, size: Int, to bytes: inout MutableRawSpan, at start: Int
    ) {
        bytes.store([0x0200, 0x0000, 0x0002, 0x0200, 0x0000, 0x0001, 0x0800], at: start)
        var header: [10 of UInt16] = [
            0x4500, UInt16(size - 14), UInt16(truncatingIfNeeded: index), 0x4000,
            0x4000 | (transport == .udp ? 17 : 6), 0, 0x0ac8, 0x0001, 0x0ac8, 0x0002,
        ]
        var sum: UInt32 = 0
        for i in header.indices { sum += UInt32(header[i]) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        header[5] = ~UInt16(sum)
        bytes.store(header, at: start + 14)
    }

    /// Writes no checksum: UDP permits that, and the tests do not check that of TCP.
    private func writeTransport(
        _ index: UInt64, _ transport: Transport, size: Int, to bytes: inout MutableRawSpan, at start: Int
    ) {
        let (port, target) = (UInt16(0x4000 | hash(index) >> 50), self.port(of: index))
        switch transport {
        case .udp: bytes.store([port, target, UInt16(size - 34), 0], at: start)
        case .tcp:
            let (high, low) = (UInt16(truncatingIfNeeded: index >> 16), UInt16(truncatingIfNeeded: index))
            bytes.store([port, target, high, low, 0, 0, 0x5010, 0xffff, 0, 0], at: start)
        }
    }

    /// The finisher of splitmix64: neighbouring indices give unrelated values.
    private func hash(_ index: UInt64) -> UInt64 {
        var bits = index &* 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }
}

extension MutableRawSpan {
    /// Stores half-words in network byte order.
    @_lifetime(self: copy self)
    fileprivate mutating func store<let count: Int>(_ words: [count of UInt16], at offset: Int) {
        for i in words.indices { storeBytes(of: words[i].bigEndian, toByteOffset: offset + 2 * i, as: UInt16.self) }
    }
}
