import Pcap

extension FuzzTarget {
    /// Reads a capture file to its end or to the damage, at once and in small pieces: both must yield the same
    /// packets.
    ///
    /// Cut after its intact part, as the repair of an open segment does, it must yield them again, without damage. Read
    /// as a file that may grow, it has the same packets, and a cut is no damage.
    static let capture = FuzzTarget("capture", seeds: CaptureSeeds.all) { input in
        let reading = read(input, pieces: input.byteCount)
        require(reading == read(input, pieces: 7), "the size of the pieces changes what is read")
        let open = read(input, pieces: 7, isOpen: true)
        require(open.checksum == reading.checksum && open.packets == reading.packets, "an open file has other packets")
        require(open.damage == (reading.damage?.isCut == true ? nil : reading.damage), "an open file is cut")
        guard let damage = reading.damage else { return }
        require(damage.offset == reading.end, "what is whole does not end where the damage is")
        guard reading.end > 0 else { return }
        var whole = reading
        whole.damage = nil
        let cut = input.extracting(first: Int(reading.end))
        require(read(cut, pieces: cut.byteCount) == whole, "what is whole is not read again")
    }
}

/// The result of reading a file.
private struct Reading: Equatable {
    var packets: UInt64 = 0
    /// Depends on every byte of every packet, and on its timestamp and lengths.
    var checksum: UInt64 = 0
    /// The end of the intact part.
    var end: UInt64 = 0
    var damage: CaptureDamage?
}

private func read(_ bytes: RawSpan, pieces size: Int, isOpen: Bool = false) -> Reading {
    var reading = Reading()
    var reader = CaptureReader(isOpen: isOpen)
    var rest = bytes
    do throws(CaptureDamage) {
        while reader.wantsBytes {
            let isMore = reader.fill { buffer in
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
            if isOpen, !isMore { break }
        }
    } catch {
        reading.damage = error
    }
    reading.end = reader.position
    return reading
}
