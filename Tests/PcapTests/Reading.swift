import CaptureFiles
import Pcap

extension Reading {
    /// Reads `file` with the tested reader, in reads of at most `chunk` bytes.
    init(_ file: some Sequence<UInt8>, chunk: Int = .max) {
        self.init()
        var reader = CaptureReader()
        var source = ByteSource(Array(file), chunk: chunk)
        do throws(CaptureDamage) {
            while reader.wantsBytes {
                reader.fill { buffer in source.read(into: &buffer) }
                while let packet = try reader.next() { packets.append(Packet(packet)) }
            }
        } catch {
            complaint = error.description
        }
    }
}

/// A source of bytes, such as a file, that returns a few at a time.
struct ByteSource {
    private var rest: ArraySlice<UInt8>
    private let chunk: Int

    init(_ bytes: [UInt8], chunk: Int = .max) { (rest, self.chunk) = (bytes[...], chunk) }

    mutating func read(into buffer: inout MutableRawSpan) -> Int {
        let next = rest.prefix(min(chunk, buffer.byteCount))
        rest = rest.dropFirst(next.count)
        unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: next) }
        return next.count
    }
}

extension CaptureReader {
    /// The number of packets in a file, up to its end or its damage. A fuzzer calls it to run the whole reader.
    static func count(of bytes: RawSpan) -> UInt64 {
        var reader = CaptureReader()
        var rest = bytes
        do throws(CaptureDamage) {
            while reader.wantsBytes {
                reader.fill { buffer in
                    let next = rest.extracting(first: buffer.byteCount)
                    unsafe buffer.withUnsafeMutableBytes { to in
                        unsafe next.withUnsafeBytes { unsafe to.copyMemory(from: $0) }
                    }
                    rest = rest.extracting(droppingFirst: next.byteCount)
                    return next.byteCount
                }
                while let packet = try reader.next() { _ = packet.direction }
            }
        } catch {}
        return reader.count
    }
}
