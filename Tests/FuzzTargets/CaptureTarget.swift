import Pcap

extension FuzzTarget {
    /// A capture file, read to its end or to its damage, at once and in small pieces: both must give the same packets.
    static let capture = FuzzTarget("capture", seeds: CaptureSeeds.all) { input in
        require(
            read(input, pieces: input.byteCount) == read(input, pieces: 7),
            "the size of the pieces changes what is read")
    }
}

/// What a reader has to say about a file.
private struct Reading: Equatable {
    var packets: UInt64 = 0
    /// Depends on every byte of every packet, and on its time and lengths.
    var checksum: UInt64 = 0
    var damage: CaptureDamage?
}

private func read(_ bytes: RawSpan, pieces size: Int) -> Reading {
    var reading = Reading()
    var reader = CaptureReader()
    var rest = bytes
    do throws(CaptureDamage) {
        while reader.wantsBytes {
            reader.fill { buffer in
                let next = rest.extracting(first: min(size, buffer.byteCount))
                unsafe buffer.withUnsafeMutableBytes { to in
                    unsafe next.withUnsafeBytes { unsafe to.copyMemory(from: $0) }
                }
                rest = rest.extracting(droppingFirst: next.byteCount)
                return next.byteCount
            }
            while let packet = try reader.next() {
                reading.packets += 1
                var hash = reading.checksum &* 31 &+ UInt64(bitPattern: Int64(packet.seconds))
                hash = hash &* 31 &+ UInt64(packet.nanoseconds)
                hash = hash &* 31 &+ UInt64(packet.wireLength)
                for byte in packet.bytes.array { hash = hash &* 31 &+ UInt64(byte) }
                reading.checksum = hash
            }
        }
    } catch {
        reading.damage = error
    }
    return reading
}
