import Glibc
import Traffic

/// Compares packets in files with the sent frames: each at most once, in order, byte for byte.
struct FrameCheck {
    let frames: FrameSequence
    private(set) var count: UInt64 = 0
    private(set) var first: UInt64?
    private(set) var last: UInt64?
    /// Frames missing between the first and the last packet.
    private(set) var gaps: UInt64 = 0
    /// The frame after the last missing one.
    private(set) var lastGapEnd: UInt64 = 0
    /// The first few mistakes.
    private(set) var mistakes: [String] = []
    private var expected = [UInt8](repeating: 0, count: FrameSequence.longest)

    /// Reads all `paths` in order. `frames` are the frames sent on the link.
    init(_ frames: FrameSequence, in paths: [String]) throws {
        self.frames = frames
        for path in paths {
            try Savefile.read(path) { _, _, wireLength, bytes in take(bytes, wireLength: wireLength, path) }
        }
    }

    /// Whether the packets are exactly the first frames.
    var isPrefix: Bool { mistakes.isEmpty && gaps == 0 && (first ?? 0) == 0 }

    private mutating func take(_ bytes: RawSpan, wireLength: Int, _ path: String) {
        guard let index = FrameSequence.index(of: bytes) else { return note("packet \(count) of \(path) was not sent") }
        if let last, index <= last { note("frame \(index) of \(path) comes after frame \(last)") }
        if let last, index > last + 1 { (gaps, lastGapEnd) = (gaps + index - last - 1, index) }
        if first == nil { first = index }
        (last, count) = (index, count + 1)
        let frames = frames
        var span = expected.mutableSpan
        var room = unsafe span.mutableBytes
        let size = frames.write(index, to: &room)
        let isEqual = unsafe bytes.withUnsafeBytes { found in
            unsafe expected.withUnsafeBytes { sent -> Bool in
                guard found.count == size, let a = found.baseAddress, let b = sent.baseAddress else { return false }
                return unsafe memcmp(a, b, size) == 0
            }
        }
        if !isEqual || wireLength != size { note("frame \(index) of \(path) is not as it was sent") }
    }

    private mutating func note(_ mistake: String) { if mistakes.count < 5 { mistakes.append(mistake) } }
}
