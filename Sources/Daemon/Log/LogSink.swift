import Glibc
import Linux
import Synchronization
import SystemPackage

/// Where log lines go: systemd's journal with their fields, or standard error.
///
/// One thread at a time writes.
final class LogSink: Sendable {
    /// How standard error shows a line.
    enum Form: Sendable {
        /// With the priority in front, for systemd.
        case prioritized
        /// The text alone, for a terminal.
        case plain
        /// With time and level, for a file or a pipe.
        case timed
        case json
    }

    private let form: Form
    /// Of standard error, except in tests.
    private let descriptor: CInt
    /// Nil where standard error is not the journal's.
    private let journal: DatagramSocket?
    /// Whether something stands in the last line of the terminal that is no line of the log.
    private let isDrawn = Atomic<Bool>(false)
    /// Goes to the beginning of the line and erases it. See console_codes(4), ECMA-48 EL.
    private static let erasure = "\r\u{1b}[K"

    init(form: Form, descriptor: CInt = 2, journal: consuming DatagramSocket? = nil) {
        (self.form, self.descriptor) = (form, descriptor)
        self.journal = journal
    }

    /// What the environment asks for. `HOLDFAST_LOG=json` makes standard error a stream of JSON objects; else systemd's
    /// JOURNAL_STREAM tells whether standard error is the journal. See systemd.exec(5).
    static func standard() -> LogSink {
        if let form = unsafe getenv("HOLDFAST_LOG"), unsafe String(cString: form) == "json" {
            return LogSink(form: .json)
        }
        var status = stat()
        if let stream = unsafe getenv("JOURNAL_STREAM"), unsafe fstat(2, &status) == 0,
            unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
        {
            return LogSink(form: .prioritized, journal: try? DatagramSocket(to: "/run/systemd/journal/socket"))
        }
        return LogSink(form: isatty(2) == 1 ? .plain : .timed)
    }

    /// A line on its way, with what is left to write of it.
    struct Writing {
        let line: LogLine
        fileprivate var rest: ArraySlice<UInt8>?

        init(_ line: LogLine) { self.line = line }
    }

    /// Writes what is left of a line; false when its reader takes no more at the moment, unless `isPatient`: then it waits.
    func write(_ writing: inout Writing, isPatient: Bool) -> Bool {
        if writing.rest == nil, journal != nil {
            let entry = Array(writing.line.journalEntry.utf8)
            while true {
                do throws(SystemError) {
                    try journal?.send(entry, isPatient: isPatient)
                    return true
                } catch {
                    guard error.errno == .resourceTemporarilyUnavailable else { break }
                    if !isPatient { return false }
                }
            }
            // The journal is restarted, or the entry is too large: the stream is another way to it.
        }
        var rest = writing.rest ?? Array(text(of: writing.line).utf8)[...]
        defer { writing.rest = rest }
        while !rest.isEmpty {
            guard canWrite(within: isPatient ? -1 : 0) else { return false }
            // A pipe that poll(2) calls writable takes so many bytes at once. See pipe(7), PIPE_BUF.
            let piece = rest.prefix(Int(PIPE_BUF))
            let written = unsafe piece.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR && errno != EAGAIN {
                // The reader is gone; nothing can be told to anybody.
                return true
            }
        }
        return true
    }

    /// Draws `text` in the last line of a terminal, in place of what was drawn there before; nil erases that. A terminal that takes
    /// nothing at the moment keeps what it shows.
    func draw(_ text: String?) {
        guard form == .plain, text != nil || isDrawn.load(ordering: .relaxed), canWrite(within: 0) else { return }
        // A line that reaches the last column would scroll the terminal.
        let columns = (TerminalSize(of: descriptor)?.columns ?? 80) - 1
        let bytes = Array((LogSink.erasure + String((text ?? "").printable().prefix(columns))).utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 { isDrawn.store(text != nil, ordering: .relaxed) }
    }

    /// Waits until the reader takes more, for so many milliseconds at most.
    func pause(_ milliseconds: CInt) {
        if journal == nil { _ = canWrite(within: milliseconds) } else { usleep(UInt32(milliseconds) * 1000) }
    }

    private func canWrite(within milliseconds: CInt) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // What cannot be polled can be written to, or fails at once.
        return unsafe Glibc.poll(&entry, 1, milliseconds) != 0
    }

    private func text(of line: LogLine) -> String {
        switch form {
        case .prioritized: line.prioritized
        case .plain: (isDrawn.exchange(false, ordering: .relaxed) ? LogSink.erasure : "") + line.plain
        case .timed: line.timed
        case .json: line.json
        }
    }
}
