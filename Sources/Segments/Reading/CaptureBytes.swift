import Linux
import SystemPackage
import Zstd

/// The bytes of a capture file, as they are without compression: zstd is unpacked, whichever program packed it.
struct CaptureBytes: ~Copyable {
    private var file: InputFile
    private let isOpen: Bool
    /// What was read to see what the file is, and not given away yet.
    private var head: [UInt8] = []
    private var packing = Packing.unknown
    /// Where it is compressed.
    private var frames: FrameReader?
    /// Where the next byte comes from, in the content.
    private(set) var position: UInt64 = 0

    private enum Packing { case unknown, none, zstd }

    /// `isOpen`: the file may grow, so it may end in the middle of a frame.
    init(_ file: consuming InputFile, isOpen: Bool) {
        self.file = file
        self.isOpen = isOpen
    }

    var path: String { file.path }

    /// Whether `move` goes anywhere, without reading what lies between.
    var isSeekable: Bool { packing == .none && file.isSeekable }

    /// Puts the next bytes at the start of a buffer; returns how many, 0 at the end, `limit` at most.
    mutating func read(into buffer: inout MutableRawSpan, limit: Int = .max) throws(CaptureFileError) -> Int {
        guard try recognize() else { return 0 }
        var room = buffer._mutatingExtracting(first: min(limit, buffer.byteCount))
        let count = packing == .zstd ? try readPacked(into: &room) : try readPlain(into: &room)
        position += UInt64(count)
        return count
    }

    /// Makes `offset` the next byte; false where the file ends before it. What cannot be jumped over is read.
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

    /// Learns from the first bytes how the file is packed; false as long as a file that may grow does not have them.
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
            throw .system(SystemError("unpack", file.path, .noMemory))
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

    /// Bytes of the file as it is.
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
