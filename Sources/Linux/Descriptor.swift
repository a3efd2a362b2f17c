import Glibc

/// A file descriptor with one owner; closed when that owner lets go.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, for a system call made while the descriptor is alive.
    public let number: CInt

    /// Takes over `number`, which nobody else may close.
    public init(owning number: CInt) { self.number = number }

    deinit { _ = close(number) }
}
