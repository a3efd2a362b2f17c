import CZstd

/// Reads a file of frames as the file that was packed in them.
@safe public struct FrameReader: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: FrameParts.largest)
    /// Where the packed bytes stand in the buffer that were not unpacked yet.
    private var unread = 0..<0
    /// How many bytes were taken.
    private var position: UInt64 = 0
    private var isInFrame = false

    /// What is wrong where `read` came to an end before its time.
    public private(set) var damage: FrameDamage?

    public init() throws(OutOfMemory) {
        guard let context = unsafe ZSTD_createDCtx() else { throw OutOfMemory() }
        unsafe self.context = context
    }

    deinit { unsafe _ = ZSTD_freeDCtx(context) }

    /// Puts what comes next at the start of `output` and says how many bytes; 0 at the end, or where damage begins. `source`
    /// puts packed bytes at the start of its argument, `FrameParts.largest` at most, and says how many; 0 is the end of the
    /// file. It is asked when what it gave is used up.
    public mutating func read<Failure: Error>(
        into output: inout MutableRawSpan, from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        while damage == nil {
            if unread.isEmpty {
                var span = buffer.mutableSpan
                var free = unsafe span.mutableBytes
                unread = 0..<(try source(&free))
            }
            if unread.isEmpty {
                if isInFrame { damage = FrameDamage(offset: position, reason: "the file ends within a frame") }
                return 0
            }
            let count = unpack(into: &output)
            if count > 0 { return count }
        }
        return 0
    }

    /// Unpacks what is in the buffer until the output is full or a frame ends.
    private mutating func unpack(into output: inout MutableRawSpan) -> Int {
        let (context, unread) = unsafe (context, unread)
        let (rest, taken, made) = unsafe output.withUnsafeMutableBytes { output in
            unsafe buffer.withUnsafeBytes { bytes in
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: bytes[unread])
                var from = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
                var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                let rest = unsafe ZSTD_decompressStream(context, &to, &from)
                return unsafe (rest, from.pos, to.pos)
            }
        }
        guard ZSTD_isError(rest) == 0 else {
            damage = FrameDamage(offset: position, reason: unsafe String(cString: ZSTD_getErrorName(rest)))
            return 0
        }
        self.unread = unread.dropFirst(taken)
        position += UInt64(taken)
        isInFrame = rest > 0
        return made
    }
}

/// What is wrong with a file of frames.
public struct FrameDamage: Error, Equatable, CustomStringConvertible {
    /// Up to where it could be unpacked, or somewhat less.
    public let offset: UInt64
    /// In libzstd's words.
    public let reason: String

    public var description: String { "byte \(offset): cannot unpack it: \(reason)" }
}
