import Glibc

/// The size of a terminal in rows and columns. See ioctl_tty(2), TIOCGWINSZ.
package struct TerminalSize: Equatable, Sendable {
    package let rows: Int
    package let columns: Int

    /// Reads the size; nil if `descriptor` is no terminal, or if the terminal has no known size.
    package init?(of descriptor: CInt) {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return nil
        }
        (rows, columns) = (Int(size.ws_row), Int(size.ws_col))
    }
}
