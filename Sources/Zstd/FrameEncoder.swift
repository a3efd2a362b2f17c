import CZstd

/// Packs bytes as a frame, piece by piece. It has one owner, and keeps its memory from frame to frame.
@safe public struct FrameEncoder: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// Packs as fast as it can while it still saves most of what can be saved: libzstd's first level.
    public init() throws(OutOfMemory) {
        guard let context = unsafe ZSTD_createCCtx() else { throw OutOfMemory() }
        unsafe self.context = context
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
    }

    deinit { unsafe _ = ZSTD_freeCCtx(context) }

    /// What comes next is a new frame.
    public mutating func begin() { unsafe ZSTD_CCtx_reset(context, ZSTD_reset_session_only) }

    /// The most bytes that `encode` makes of `count`, should they resist.
    public static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) + 64 }

    /// Packs `bytes` into whole blocks at the start of `room`, which has `bound` bytes at least; returns how many it took.
    public mutating func encode(_ bytes: RawSpan, into room: inout MutableRawSpan) throws(OutOfMemory) -> Int {
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
        guard ZSTD_isError(rest) == 0 else { throw OutOfMemory() }  // the one thing that can be missing
        precondition(rest == 0, "there was room for everything")
        return count
    }

    /// What finishes a frame: an empty block, the last one.
    public static let ending: [UInt8] = [1, 0, 0]

    /// Bytes as blocks that are not packed, to be put behind any others of a frame.
    public static func plainBlocks(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: FrameParts.largestContent).flatMap { start in
            let content = bytes[start...].prefix(FrameParts.largestContent)
            let head = UInt32(content.count) << 3
            return [UInt8(truncatingIfNeeded: head), UInt8(truncatingIfNeeded: head >> 8), UInt8(head >> 16)] + content
        }
    }
}

/// libzstd could not get the memory it needs.
public struct OutOfMemory: Error {}
