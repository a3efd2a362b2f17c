import CZstd

/// Decompresses a file that consists of frames.
@safe package struct FrameReader: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: FrameParts.largest)
    /// The range of compressed bytes in the buffer that have not been consumed.
    private var unread = 0..<0
    /// The number of compressed bytes consumed.
    private var position: UInt64 = 0
    private var isInFrame = false
    /// Where decompression failed; nothing is read behind that.
    private var failure: FrameDamage?
    /// Whether the source had no more bytes when it was called last.
    private var hasEnded = false
    /// Whether libzstd may hold bytes that did not fit in the output, though it has consumed all input.
    private var isOutputPending = false

    /// Why `read` stopped before the end of the file; nil if it did not.
    package var damage: FrameDamage? {
        if let failure { return failure }
        guard hasEnded, isInFrame else { return nil }
        return FrameDamage(offset: position, reason: "the file ends within a frame", isCut: true)
    }

    package init() throws(OutOfMemory) {
        guard let context = unsafe ZSTD_createDCtx() else { throw OutOfMemory() }
        unsafe self.context = context
    }

    deinit { unsafe _ = ZSTD_freeDCtx(context) }

    /// Decompresses the next bytes to the start of `output`; returns their number, or 0 at the end or where damage
    /// begins.
    ///
    /// `source` supplies compressed bytes: it fills the start of its argument, up to `FrameParts.largest` bytes, and
    /// returns their number, or 0 at the end of the file. It is called whenever the previous bytes are used up, and
    /// again after the end, because a file may grow.
    package mutating func read<Failure: Error>(
        into output: inout MutableRawSpan, from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        while failure == nil {
            if unread.isEmpty, !isOutputPending {
                var span = buffer.mutableSpan
                var free = unsafe span.mutableBytes
                unread = 0..<(try source(&free))
                hasEnded = unread.isEmpty
                if hasEnded { return 0 }
            }
            let count = unpack(into: &output)
            if count > 0 { return count }
        }
        return 0
    }

    /// Decompresses from the buffer until the output is full or a frame ends.
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
            let reason = unsafe String(cString: ZSTD_getErrorName(rest))
            failure = FrameDamage(offset: position, reason: reason, isCut: false)
            return 0
        }
        self.unread = unread.dropFirst(taken)
        position += UInt64(taken)
        isInFrame = rest > 0
        isOutputPending = isInFrame && made > 0 && made == output.byteCount
        return made
    }
}

/// Damage in a compressed file.
package struct FrameDamage: Error, Equatable, CustomStringConvertible {
    /// The number of intact compressed bytes, or slightly less.
    package let offset: UInt64
    /// libzstd's error message.
    package let reason: String
    /// Whether the file ends inside a frame: more of the file, and it may be whole.
    package let isCut: Bool

    package var description: String { "byte \(offset): cannot decompress the file: \(reason)" }
}
