import Zstd

/// The bytes of a capture file, as they are without compression: zstd is unpacked, whoever packed it.
struct CaptureBytes: ~Copyable {
    private let file: InputFile
    /// What was read to see what it is, and not given away yet.
    private var head: [UInt8] = []
    /// Where it is compressed.
    private var frames: FrameReader?

    init(_ path: String) throws(CommandError) {
        let file = try InputFile(path)
        while head.count < FrameParts.magic.count {
            let more = try file.read(upTo: FrameParts.magic.count - head.count)
            if more.isEmpty { break }
            head += more
        }
        frames = head == FrameParts.magic ? try CaptureBytes.frameReader(path) : nil
        self.file = file
    }

    private static func frameReader(_ path: String) throws(CommandError) -> FrameReader {
        do { return try FrameReader() } catch { throw CommandError("cannot unpack \(path): out of memory") }
    }

    /// Puts the next bytes at the start of a buffer; returns how many, 0 at the end.
    mutating func read(into buffer: inout MutableRawSpan) throws(CommandError) -> Int {
        guard var frames = frames.take() else { return try readPlain(into: &buffer) }
        let count = try frames.read(into: &buffer) { packed throws(CommandError) in try readPlain(into: &packed) }
        if count == 0, let damage = frames.damage { throw CommandError("\(file.path), \(damage)") }
        self.frames = consume frames
        return count
    }

    private mutating func readPlain(into buffer: inout MutableRawSpan) throws(CommandError) -> Int {
        if head.isEmpty { return try file.read(into: &buffer) }
        let count = head.count
        unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: head) }
        head = []
        return count
    }
}
