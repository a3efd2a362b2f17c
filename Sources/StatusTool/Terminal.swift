import Glibc
import Linux

/// The terminal that a command draws in: full screen, keys as they are pressed; as it was before when its owner lets go, and
/// when the command is killed. See termios(3), console_codes(4).
public struct Terminal: ~Copyable {
    /// How it was. For the signal handler, which can be given nothing; changed only while no other thread looks.
    private nonisolated(unsafe) static var before: termios?

    private var reader = KeyReader()
    /// Keys that were read, and not yet asked for.
    private var keys: [Key] = []

    /// Nil when standard input or output is no terminal.
    public init?() {
        var settings = termios()
        guard isatty(1) == 1, unsafe tcgetattr(0, &settings) == 0 else { return nil }
        unsafe Terminal.before = settings
        // No echo, no waiting for the end of a line; Ctrl-C is a key.
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

    /// Draws `lines` from the top, as much of them as there is room for.
    public func draw(_ lines: [String]) {
        let shown = lines.prefix(rows).map { Terminal.cut($0, to: Terminal.columns ?? 80) + "\u{1b}[K" }
        Terminal.write("\u{1b}[H" + shown.joined(separator: "\r\n") + "\u{1b}[J")
    }

    /// Waits for a key until `deadline`; nil when none was pressed.
    public mutating func key(before deadline: ContinuousClock.Instant) -> Key? {
        while keys.isEmpty {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return nil }
            var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            let milliseconds = CInt(clamping: Int64((left / .milliseconds(1)).rounded(.up)))
            // The time may be up, or the terminal have another size.
            guard unsafe poll(&entry, 1, milliseconds) == 1 else { continue }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = unsafe read(0, &bytes, bytes.count)
            // A terminal that is gone ends the command as `q` does.
            if count == 0 || (count < 0 && errno != EINTR) { return .character("q") }
            keys = reader.take(bytes.prefix(max(0, count)))
        }
        return keys.removeFirst()
    }

    /// How many rows there are.
    public var rows: Int { TerminalSize(of: 1)?.rows ?? 24 }

    /// How many columns the terminal has that is standard output; nil when it is none.
    public static var columns: Int? { TerminalSize(of: 1)?.columns }

    /// A line without what is beyond the last column. Escape sequences take no room.
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
