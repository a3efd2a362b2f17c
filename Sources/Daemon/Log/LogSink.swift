import Glibc
import Linux
import Settings
import Synchronization
import SystemPackage

/// The destination of log lines: systemd's journal with their fields, or standard error.
///
/// Used by one thread at a time.
final class LogSink: Sendable {
    /// The form of lines on standard error.
    enum Form: Sendable {
        /// With a priority prefix, for systemd.
        case prioritized
        /// Text only, for a terminal.
        case plain
        /// With time and level, for a file or a pipe.
        case timed
    }

    private let form: Form
    /// Whether each line is a JSON object on standard error instead.
    private let isJSON = Atomic<Bool>(false)
    /// Standard error, except in tests.
    private let descriptor: CInt
    /// The journal's socket; nil if standard error does not lead to the journal.
    private let journal: DatagramSocket?
    /// Whether the terminal's last line shows text that is not part of the log.
    private let isDrawn = Atomic<Bool>(false)
    /// Returns to the start of the line and erases it. See console_codes(4), ECMA-48 EL.
    private static let erasure = "\r\u{1b}[K"

    init(form: Form, descriptor: CInt = 2, journal: consuming DatagramSocket? = nil) {
        (self.form, self.descriptor) = (form, descriptor)
        self.journal = journal
    }

    /// The sink for this environment. systemd's JOURNAL_STREAM shows whether standard error is the journal. See
    /// systemd.exec(5).
    static func standard() -> LogSink {
        var status = stat()
        if let stream = unsafe getenv("JOURNAL_STREAM"), unsafe fstat(2, &status) == 0,
            unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
        {
            return LogSink(form: .prioritized, journal: try? DatagramSocket(to: "/run/systemd/journal/socket"))
        }
        return LogSink(form: isatty(2) == 1 ? .plain : .timed)
    }

    /// Chooses the form of the following lines. Any thread may call it.
    func use(_ form: LogForm) { isJSON.store(form == .json, ordering: .relaxed) }

    private var writesJSON: Bool { isJSON.load(ordering: .relaxed) }

    /// A line and its unwritten remainder.
    struct Writing {
        let line: LogLine
        fileprivate var rest: ArraySlice<UInt8>?

        init(_ line: LogLine) { self.line = line }
    }

    /// Writes the remainder of a line. Returns false if the reader accepts no more now; with `isPatient` it waits
    /// instead.
    func write(_ writing: inout Writing, isPatient: Bool) -> Bool {
        if writing.rest == nil, journal != nil, !writesJSON {
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
            // The journal restarts or the entry is too large; standard error also leads there.
        }
        var rest = writing.rest ?? Array(text(of: writing.line).utf8)[...]
        defer { writing.rest = rest }
        while !rest.isEmpty {
            guard canWrite(within: isPatient ? -1 : 0) else { return false }
            // A pipe that poll(2) reports as writable accepts at least this many bytes. See pipe(7), PIPE_BUF.
            let piece = rest.prefix(Int(PIPE_BUF))
            let written = unsafe piece.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR && errno != EAGAIN {
                // The reader is gone, and there is no other place to report that.
                return true
            }
        }
        return true
    }

    /// Draws `text` in the terminal's last line, instead of the previous text; nil erases it. Skips the update if the
    /// terminal accepts nothing now. Erases it if lines are JSON.
    func draw(_ text: String?) {
        let text = writesJSON ? nil : text
        guard form == .plain, text != nil || isDrawn.load(ordering: .relaxed), canWrite(within: 0) else { return }
        // A line that reaches the last column would scroll the terminal.
        let columns = (TerminalSize(of: descriptor)?.columns ?? 80) - 1
        let bytes = Array((LogSink.erasure + String((text ?? "").printable().prefix(columns))).utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 { isDrawn.store(text != nil, ordering: .relaxed) }
    }

    /// Waits until the reader accepts more, or for `milliseconds`.
    func pause(_ milliseconds: CInt) {
        if journal == nil { _ = canWrite(within: milliseconds) } else { usleep(UInt32(milliseconds) * 1000) }
    }

    private func canWrite(within milliseconds: CInt) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // A descriptor that does not support polling accepts a write or fails at once.
        return unsafe Glibc.poll(&entry, 1, milliseconds) != 0
    }

    private func text(of line: LogLine) -> String {
        let erasure = isDrawn.exchange(false, ordering: .relaxed) ? LogSink.erasure : ""
        if writesJSON { return erasure + line.json }
        return switch form {
        case .prioritized: line.prioritized
        case .plain: erasure + line.plain
        case .timed: line.timed
        }
    }
}
