import Glibc

/// How many rows and columns a terminal has. See ioctl_tty(2), TIOCGWINSZ.
public struct TerminalSize: Equatable, Sendable {
    public let rows: Int
    public let columns: Int

    /// Nil when `descriptor` is no terminal, or the terminal does not know.
    public init?(of descriptor: CInt) {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return nil
        }
        (rows, columns) = (Int(size.ws_row), Int(size.ws_col))
    }
}
