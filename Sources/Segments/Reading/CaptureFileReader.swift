package import Linux
package import Pcap
import SystemPackage

/// Reads the packets of one capture file: pcap or pcapng, compressed with zstd or not, written by any program.
///
///     var file = try CaptureFileReader(path)
///     while let packet = try file.next() { use(packet) }
///     while try file.advance() { if let packet = file.current { use(packet, of: file.interfaces) } }
///
/// A packet is a view of the reader's buffer and ends when the next one is read. Memory does not grow with the file:
/// about 600 KiB, and for a compressed file the window that its frames require. One owner, any thread.
///
/// An open segment (`isOpen`) is read up to its last whole record. There `next` is nil; the reader continues when the
/// file has grown, even after the segment was sealed and renamed. A crash leaves zeros where the file system had
/// allocated space without data; they end an open segment, too. A file that is not open is damaged if it ends inside a
/// record.
///
/// The reader throws damage after the packets in front of it; `position` is then the end of the intact part.
package struct CaptureFileReader: ~Copyable {
    private var bytes: CaptureBytes
    private var parser: CaptureReader
    /// Whether the file may grow.
    package let isOpen: Bool
    /// Whether the reader found zeros in a stream. A stream cannot be read again.
    private var isOver = false

    /// Opens the file at `path`; `-` is standard input. Unless `isOpen` is given, a path that ends in `.part` is an
    /// open segment. Throws if the file cannot be opened.
    package init(_ path: String, isOpen: Bool? = nil) throws(CaptureFileError) {
        let file: InputFile
        do { file = try InputFile(argument: path) } catch { throw .system(error) }
        self.init(file, isOpen: isOpen ?? path.hasSuffix(SegmentName.openSuffix))
    }

    /// Takes ownership of a file, or of a stream at its current position.
    package init(_ file: consuming InputFile, isOpen: Bool = false) {
        bytes = CaptureBytes(file, isOpen: isOpen)
        parser = CaptureReader(isOpen: isOpen)
        self.isOpen = isOpen
    }

    /// Begins at `place` and counts packets from there. A compressed file or a stream is read and discarded up to the
    /// place. Throws if the file ends before the place or if its head is damaged.
    package init(_ file: consuming InputFile, at place: CapturePlace, isOpen: Bool = false) throws(CaptureFileError) {
        bytes = CaptureBytes(file, isOpen: isOpen)
        parser = CaptureReader(at: place.head.lowerBound, isOpen: isOpen)
        self.isOpen = isOpen
        guard place.isPossible, try bytes.move(to: place.head.lowerBound), try readHead(upTo: place.head.upperBound),
            try bytes.move(to: place.offset)
        else {
            throw .system(SystemError("start at byte \(place.offset) of", bytes.path, .invalidArgument))
        }
        parser.jump(to: place.offset)
    }

    /// The file's path, as passed to the initializer.
    package var path: String { bytes.path }

    /// The number of packets read.
    package private(set) var count: UInt64 = 0

    /// The end of the last record or block that was read, in bytes of the uncompressed file.
    package var position: UInt64 { parser.position }

    /// The interfaces known so far that packets may refer to. Each section of a pcapng file has its own.
    package var interfaces: [CaptureInterface] { parser.interfaces }

    /// The place of `current`, where another reader can begin; nil without a packet.
    package var place: CapturePlace? {
        guard let offset = parser.current?.offset, let head = parser.head else { return nil }
        return CapturePlace(offset: offset, head: head)
    }

    /// Reads the next packet; nil at the end of the file, or at the current end of an open file. Throws damage and
    /// failed system calls.
    @_lifetime(&self)
    package mutating func next() throws(CaptureFileError) -> PacketRecord? {
        guard try advance() else { return nil }
        return parser.current
    }

    /// The packet read last, until the next one is read.
    package var current: PacketRecord? {
        @_lifetime(borrow self) get { parser.current }
    }

    /// Makes the next packet `current`; false where `next` returns nil. Unlike with `next`, the reader's other
    /// properties are available while the packet is in use.
    package mutating func advance() throws(CaptureFileError) -> Bool {
        while !isOver {
            switch try step() {
            case .packet:
                count += 1
                return true
            case .zeros(let offset):
                try stop(at: offset)
                return false
            case .missing:
                guard parser.wantsBytes else { return false }
                let isMore = try fill()
                guard isMore || !isOpen else {
                    if parser.isFollowedByZeros { try stop(at: parser.position) }
                    return false
                }
            }
        }
        return false
    }

    /// What the buffer starts with.
    private enum Step {
        case packet
        /// Allocated space without data.
        case zeros(at: UInt64)
        /// A record or block whose bytes are incomplete.
        case missing
    }

    private mutating func step() throws(CaptureFileError) -> Step {
        do throws(CaptureDamage) {
            guard try parser.advance() else { return .missing }
        } catch {
            guard isOpen, parser.isFollowedByZeros else { throw .damaged(path: bytes.path, error) }
            return .zeros(at: error.offset)
        }
        // In pcap, zeros parse as packets with a length of 0.
        guard isOpen, let packet = parser.current, packet.wireLength == 0 else { return .packet }
        return .zeros(at: packet.offset)
    }

    /// Stops at `offset` for now: data may replace the zeros there later.
    private mutating func stop(at offset: UInt64) throws(CaptureFileError) {
        parser.jump(to: offset, after: count)
        if bytes.isSeekable { _ = try bytes.move(to: offset) } else { isOver = true }
    }

    /// Reads more of the file; false at its end.
    private mutating func fill() throws(CaptureFileError) -> Bool {
        try parser.fill { buffer throws(CaptureFileError) in try bytes.read(into: &buffer) }
    }

    /// Reads the interface descriptions in front of `end`; false if the file ends before it.
    private mutating func readHead(upTo end: UInt64) throws(CaptureFileError) -> Bool {
        while parser.position < end {
            let missing = Int(clamping: end - min(bytes.position, end))
            guard missing > 0 else { return false }
            let isMore = try parser.fill { buffer throws(CaptureFileError) in
                try bytes.read(into: &buffer, limit: missing)
            }
            do throws(CaptureDamage) { while try parser.advance() {} } catch {
                throw .damaged(path: bytes.path, error)
            }
            guard isMore else { return false }
        }
        return parser.position == end
    }
}

extension CapturePlace {
    /// Whether a file can contain such a place. A place may come from an index file with arbitrary contents.
    fileprivate var isPossible: Bool {
        head.count >= PcapHeader.size && offset >= head.upperBound && offset <= UInt64(Int64.max)
    }
}
