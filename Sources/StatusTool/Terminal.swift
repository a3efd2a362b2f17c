import Glibc
import Linux

/// The terminal in which a command draws: full screen, with unbuffered keys.
///
/// The previous settings return when the value is destroyed, and when a signal ends the command. See termios(3) and
/// console_codes(4).
package struct Terminal: ~Copyable {
    /// The previous settings. The signal handler cannot have a context, so they are static; they change only while one
    /// thread uses the terminal.
    private nonisolated(unsafe) static var before: termios?

    private var reader = KeyReader()
    /// Keys that were read and not returned yet.
    private var keys: [Key] = []

    /// Nil if standard input or output is not a terminal.
    package init?() {
        var settings = termios()
        guard isatty(1) == 1, unsafe tcgetattr(0, &settings) == 0 else { return nil }
        unsafe Terminal.before = settings
        // No echo and no line buffering; Ctrl-C is a key.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        unsafe tcsetattr(0, TCSAFLUSH, &settings)
        for number in [SIGTERM, SIGHUP, SIGINT] {
            _ = signal(number) { number in
                Terminal.restore()
                _exit(128 + number)
            }
        }
        Terminal.write("\u{1b}[?1049h\u{1b}[?25l")
    }

    deinit { Terminal.restore() }

    private static func restore() {
        guard var settings = unsafe before else { return }
        write("\u{1b}[?25h\u{1b}[?1049l")
        unsafe tcsetattr(0, TCSANOW, &settings)
    }

    /// Draws `lines` from the top, as many as fit.
    package func draw(_ lines: [String]) {
        let shown = lines.prefix(rows).map { Terminal.cut($0, to: Terminal.columns ?? 80) + "\u{1b}[K" }
        Terminal.write("\u{1b}[H" + shown.joined(separator: "\r\n") + "\u{1b}[J")
    }

    /// Waits for a key until `deadline`; nil if none was pressed.
    package mutating func key(before deadline: ContinuousClock.Instant) -> Key? {
        while keys.isEmpty {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return nil }
            var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            let milliseconds = CInt(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
            // poll also returns after its timeout, and when SIGWINCH reports a new size.
            guard unsafe poll(&entry, 1, milliseconds) == 1 else { continue }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = unsafe read(0, &bytes, bytes.count)
            // If the terminal is gone, the command ends as with `q`.
            if count == 0 || (count < 0 && errno != EINTR) { return .character("q") }
            keys = reader.take(bytes.prefix(max(0, count)))
        }
        return keys.removeFirst()
    }

    /// Rows of the terminal.
    package var rows: Int { TerminalSize(of: 1)?.rows ?? 24 }

    /// Columns of the terminal; nil if standard output is not a terminal.
    package static var columns: Int? { TerminalSize(of: 1)?.columns }

    /// Removes what is beyond the last column. Escape sequences have no width.
    static func cut(_ line: String, to columns: Int) -> String {
        var (text, column, isEscape, isCut) = ("", 0, false, false)
        for character in line {
            if character == "\u{1b}" { isEscape = true }
            if isEscape || column < columns { text.append(character) } else { isCut = true }
            if !isEscape { column += 1 } else if character.isLetter { isEscape = false }
        }
        return isCut ? text + "\u{1b}[0m" : text
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in unsafe _ = Glibc.write(1, bytes.baseAddress, bytes.count) }
    }
}
