import Linux
import SystemPackage
import Zstd

/// The bytes of a capture file, without compression. Decompresses zstd, whichever program compressed the file.
struct CaptureBytes: ~Copyable {
    private var file: InputFile
    private let isOpen: Bool
    /// The bytes that `recognize` has read and that are not delivered yet.
    private var head: [UInt8] = []
    private var packing = Packing.unknown
    /// Present if the file is compressed.
    private var frames: FrameReader?
    /// The offset of the next byte, in bytes of the uncompressed file.
    private(set) var position: UInt64 = 0

    private enum Packing { case unknown, none, zstd }

    /// `isOpen`: the file may grow, so it may end inside a frame.
    init(_ file: consuming InputFile, isOpen: Bool) {
        self.file = file
        self.isOpen = isOpen
    }

    var path: String { file.path }

    /// Whether `move` reaches any offset without reading the bytes up to it.
    var isSeekable: Bool { packing == .none && file.isSeekable }

    /// Reads the next bytes into the start of a buffer, at most `limit`. Returns their number; 0 at the end.
    mutating func read(into buffer: inout MutableRawSpan, limit: Int = .max) throws(CaptureFileError) -> Int {
        guard try recognize() else { return 0 }
        var room = buffer._mutatingExtracting(first: min(limit, buffer.byteCount))
        let count = packing == .zstd ? try readPacked(into: &room) : try readPlain(into: &room)
        position += UInt64(count)
        return count
    }

    /// Makes the byte at `offset` the next one; false if the file ends before it. Reads and discards the bytes up to
    /// it if it cannot seek.
    mutating func move(to offset: UInt64) throws(CaptureFileError) -> Bool {
        guard try recognize() else { return offset == 0 }
        if isSeekable {
            (head, position) = ([], offset)
            file.seek(to: offset)
            return true
        }
        precondition(offset >= position, "a stream does not go back")
        var waste = [UInt8](repeating: 0, count: offset > position ? 1 << 16 : 0)
        while position < offset {
            var span = waste.mutableSpan
            var room = unsafe span.mutableBytes
            guard try read(into: &room, limit: Int(min(offset - position, 1 << 16))) > 0 else { return false }
        }
        return true
    }

    /// Determines the compression from the first bytes; false while an open file does not contain them yet.
    private mutating func recognize() throws(CaptureFileError) -> Bool {
        guard packing == .unknown else { return true }
        while head.count < FrameParts.magic.count {
            let more: [UInt8]
            do { more = try file.read(upTo: FrameParts.magic.count - head.count) } catch { throw .system(error) }
            if more.isEmpty {
                if isOpen { return false }
                break
            }
            head += more
        }
        packing = head == FrameParts.magic ? .zstd : .none
        guard packing == .zstd else { return true }
        do { frames = try FrameReader() } catch {
            throw .system(SystemError("decompress", file.path, .noMemory))
        }
        return true
    }

    private mutating func readPacked(into room: inout MutableRawSpan) throws(CaptureFileError) -> Int {
        guard var frames = frames.take() else { return 0 }
        let count: Int
        do {
            count = try frames.read(into: &room) { packed throws(CaptureFileError) in try readPlain(into: &packed) }
        } catch {
            self.frames = consume frames
            throw error
        }
        let damage = frames.damage
        self.frames = consume frames
        if count == 0, let damage, !(damage.isCut && isOpen) { throw .undecodable(path: file.path, damage) }
        return count
    }

    /// Reads bytes of the file without decompressing them.
    private mutating func readPlain(into room: inout MutableRawSpan) throws(CaptureFileError) -> Int {
        if head.isEmpty {
            do { return try file.read(into: &room) } catch { throw .system(error) }
        }
        let count = min(head.count, room.byteCount)
        let next = head.prefix(count)
        unsafe room.withUnsafeMutableBytes { unsafe $0.copyBytes(from: next) }
        head.removeFirst(count)
        return count
    }
}
