import Control
package import Linux
import SystemPackage

/// A ledger cannot be written. The description is a message for the operator; the file is left unchanged.
package enum LedgerError: Error, Codable, Equatable, CustomStringConvertible {
    case system(SystemError)
    /// A newer release wrote the file.
    case newer(path: String, version: Int)
    /// The file does not begin like a ledger.
    case foreign(path: String)
    /// Another process has locked the file.
    case inUse(path: String)

    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .newer(let path, let version):
            "cannot write to \(path): a newer release wrote it (version \(version); this release knows version "
                + "\(LedgerHeader.version)); move it away to start a new one"
        case .foreign(let path): "cannot write to \(path): it is not a ledger; move it away to start one"
        case .inUse(let path): "cannot write to \(path): another process writes it (a second daemon may be running)"
        }
    }
}

/// The ledger file of a capture, for writing.
///
/// Belongs to one thread at a time. A slow disk may block its calls for long.
package struct LedgerFile: ~Copyable, Sendable {
    /// The size in bytes at which a file is rotated.
    package static let rotationSize: Int64 = 1 << 20
    /// The minimum retention of a rotated file, in nanoseconds.
    static let leastAge: Int64 = 90 * 86_400 * .nanosecondsPerSecond

    /// The history found at adoption: how the previous daemon ended, and which episodes were open. Empty without a
    /// ledger.
    package let found: LedgerHistory
    private let capture: String
    private let directory: Directory
    private let rotationSize: Int64
    private var open: OpenFile
    /// The history up to the next line. Its open episodes begin the next file.
    private var history: LedgerHistory

    /// Adopts the ledger of `capture` in `folder`, and truncates a last line that a crash left incomplete.
    ///
    /// Creates the file and the folder if they do not exist. Throws if another process has locked the file, if it is
    /// not a ledger, or if a newer release wrote it.
    package init(
        of capture: String, in folder: String, at now: Timestamp, rotationSize: Int64 = LedgerFile.rotationSize
    ) throws(LedgerError) {
        let directory = try calling { () throws(SystemError) in try Directory(making: folder) }
        let file = try calling { () throws(SystemError) in try LedgerFile.openFile(of: capture, in: directory) }
        guard try calling({ () throws(SystemError) in try file.lock() }) else { throw .inUse(path: file.path) }
        let content = try calling { () throws(SystemError) in try file.readAll() }
        let parsed = ParsedLedger(content[...])
        var found = LedgerHistory()
        switch parsed.beginning {
        case .newer(let version): throw .newer(path: file.path, version: version)
        case .foreign: throw .foreign(path: file.path)
        case .known(let header): found.begin(at: header.begun)
        case .empty: break
        }
        for line in parsed.lines { found.add(line) }
        let whole = content.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        if whole < content.count { try calling { () throws(SystemError) in try file.truncate(to: Int64(whole)) } }
        var open = OpenFile(file: file, size: Int64(whole))
        if whole == 0 {
            let header = LedgerFile.header(of: capture, at: now)
            try calling { () throws(SystemError) in try open.append(header, durably: true) }
        }
        self.found = found
        history = found
        history.forgetEnded()
        (self.capture, self.rotationSize) = (capture, rotationSize)
        self.directory = directory
        self.open = open
    }

    /// Appends lines and numbers them consecutively. If `durably`, the lines are synchronized to the disk on return.
    ///
    /// `oldest` is the start of the oldest segment; the ledger of its time is kept. On failure, the file contains
    /// none of the lines.
    package mutating func append(
        _ lines: [LedgerLine], durably: Bool, at now: Timestamp, oldestSegment oldest: Timestamp?
    ) throws(SystemError) {
        guard try open.file.isLinked() else {
            throw SystemError("write to", open.file.path, .noSuchFileOrDirectory, advice: "it was deleted")
        }
        if open.size >= rotationSize { try rotate(at: now, oldestSegment: oldest) }
        var (next, bytes) = (history, [UInt8]())
        for var line in lines {
            line.seq = next.seq + 1
            next.add(line)
            bytes += LedgerFile.encoded(line)
        }
        try open.append(bytes, durably: durably)
        history = next
        history.forgetEnded()
    }

    /// Begins a new file with the open episodes, and removes files whose time no segment covers any more.
    private mutating func rotate(at now: Timestamp, oldestSegment: Timestamp?) throws(SystemError) {
        let rotated = try LedgerFile.rotatedNumbers(of: capture, in: directory)
        let current = LedgerName.current(of: capture)
        try open.file.synchronize()
        do { try directory.rename(current, to: LedgerName.rotated((rotated.last ?? 0) + 1, of: capture)) } catch {
            // The file has been renamed before, when creating the next one failed.
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        var next = OpenFile(file: try LedgerFile.openFile(of: capture, in: directory), size: 0)
        let carried = history.open.map { gap in
            var line = LedgerLine(gap, .begin)
            line.seq = history.seq
            return LedgerFile.encoded(line)
        }
        do throws(SystemError) {
            _ = try next.file.lock()
            try next.append(LedgerFile.header(of: capture, at: now) + carried.joined(), durably: true)
        } catch {
            try? directory.remove(current)
            throw error
        }
        open = next
        try directory.synchronize()
        let limit = min(now.nanosecondsSince1970 - LedgerFile.leastAge, oldestSegment?.nanosecondsSince1970 ?? .max)
        for (number, following) in zip(rotated, rotated.dropFirst()) {
            // A file covers the time up to the creation of the next one.
            guard let end = try LedgerFile.begun(following, of: capture, in: directory),
                end.nanosecondsSince1970 < limit
            else {
                break
            }
            try directory.remove(LedgerName.rotated(number, of: capture))
        }
    }

    private static func header(of capture: String, at now: Timestamp) -> [UInt8] {
        (try? Coding.encode(LedgerHeader(capture: capture, begun: now))) ?? []
    }

    private static func encoded(_ line: LedgerLine) -> [UInt8] { (try? Coding.encode(line)) ?? [] }

    /// Opens the current file, and creates it if it is missing.
    private static func openFile(of capture: String, in directory: borrowing Directory) throws(SystemError) -> File {
        let name = LedgerName.current(of: capture)
        do { return try directory.open(name) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        _ = try directory.create(name)
        return try directory.open(name)
    }

    /// The numbers of the rotated files, oldest first.
    static func rotatedNumbers(of capture: String, in directory: borrowing Directory) throws(SystemError) -> [Int] {
        try directory.files().compactMap { LedgerName.number($0.name, of: capture) }.sorted()
    }

    /// When a rotated file was created; nil if its header is not readable.
    private static func begun(
        _ number: Int, of capture: String, in directory: borrowing Directory
    ) throws(SystemError) -> Timestamp? {
        let file = try directory.open(LedgerName.rotated(number, of: capture))
        let head = try file.readAll(limit: 4096)
        guard let end = head.firstIndex(of: UInt8(ascii: "\n")),
            case .known(let header) = ParsedLedger.beginning(Array(head[..<end]))
        else { return nil }
        return header.begun
    }
}

/// Converts a `SystemError` to a `LedgerError`.
private func calling<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(LedgerError) -> Result {
    do { return try body() } catch { throw .system(error) }
}

/// The current file and the end of its last complete line.
private struct OpenFile: ~Copyable, Sendable {
    let file: File
    var size: Int64

    /// Appends bytes. On failure, the file keeps its previous end.
    mutating func append(_ bytes: [UInt8], durably: Bool) throws(SystemError) {
        do throws(SystemError) {
            unsafe try file.write(bytes.span.bytes, at: size)
            if durably { try file.synchronize() }
        } catch {
            try? file.truncate(to: size)
            throw error
        }
        size += Int64(bytes.count)
    }
}

extension File {
    /// The whole file, or its first `limit` bytes.
    fileprivate borrowing func readAll(limit: Int = .max) throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 1 << 16))
        while content.count < limit {
            var span = chunk.mutableSpan
            var bytes = unsafe span.mutableBytes
            let count = try read(into: &bytes, at: Int64(content.count))
            if count == 0 { break }
            content += chunk.prefix(count)
        }
        return content
    }
}
