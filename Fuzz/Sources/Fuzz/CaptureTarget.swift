import Pcap

/// Reads a capture file to its end or to its damage, at once and in small pieces: both must give the same packets.
func readCapture(_ bytes: RawSpan) {
    let whole = read(bytes, pieces: bytes.byteCount)
    let pieces = read(bytes, pieces: 7)
    precondition(whole == pieces, "the size of the pieces changes what is read")
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
                let count = min(size, rest.byteCount, buffer.byteCount)
                for offset in 0..<count {
                    buffer.storeBytes(
                        of: unsafe rest.unsafeLoad(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset,
                        as: UInt8.self)
                }
                rest = rest.extracting(droppingFirst: count)
                return count
            }
            while let packet = try reader.next() {
                reading.packets += 1
                var hash = reading.checksum &* 31 &+ UInt64(bitPattern: Int64(packet.seconds))
                hash = hash &* 31 &+ UInt64(packet.nanoseconds)
                hash = hash &* 31 &+ UInt64(packet.wireLength)
                for offset in 0..<packet.bytes.byteCount {
                    hash = hash &* 31 &+ UInt64(unsafe packet.bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                }
                reading.checksum = hash
            }
        }
    } catch {
        reading.damage = error
    }
    return reading
}
