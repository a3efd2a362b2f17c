import CZstd

/// A streaming compressor for one frame after the other. Reuses its memory from frame to frame.
///
/// Has one owner at a time.
@safe package struct FrameEncoder: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// Creates an encoder with libzstd's fastest standard level, 1, which still achieves most of the possible
    /// compression.
    package init() throws(OutOfMemory) {
        guard let context = unsafe ZSTD_createCCtx() else { throw OutOfMemory() }
        unsafe self.context = context
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
    }

    deinit { unsafe _ = ZSTD_freeCCtx(context) }

    /// Starts a new frame.
    package mutating func begin() { unsafe ZSTD_CCtx_reset(context, ZSTD_reset_session_only) }

    /// The maximum number of bytes that `encode` produces from `count` incompressible bytes.
    package static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) + 64 }

    /// Compresses `bytes` into complete blocks at the start of `room`; returns the number of bytes produced.
    ///
    /// `room` must have at least `bound` bytes.
    package mutating func encode(_ bytes: RawSpan, into room: inout MutableRawSpan) throws(OutOfMemory) -> Int {
        precondition(room.byteCount >= FrameEncoder.bound(bytes.byteCount))
        let context = unsafe context
        let (rest, count) = unsafe room.withUnsafeMutableBytes { room in
            unsafe bytes.withUnsafeBytes { bytes in
                var from = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
                var to = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                let rest = unsafe ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush)
                return unsafe (rest, to.pos)
            }
        }
        guard ZSTD_isError(rest) == 0 else { throw OutOfMemory() }  // the only possible error
        precondition(rest == 0, "there was room for everything")
        return count
    }

    /// The end of a frame: an empty last block.
    package static let ending: [UInt8] = [1, 0, 0]

    /// Stores bytes in uncompressed blocks, which may follow any block of a frame.
    package static func plainBlocks(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: FrameParts.largestContent).flatMap { start in
            let content = bytes[start...].prefix(FrameParts.largestContent)
            let head = UInt32(content.count) << 3
            return [UInt8(truncatingIfNeeded: head), UInt8(truncatingIfNeeded: head >> 8), UInt8(head >> 16)] + content
        }
    }
}

/// libzstd could not allocate memory.
package struct OutOfMemory: Error {}
