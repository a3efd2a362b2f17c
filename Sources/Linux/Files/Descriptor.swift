import Glibc

/// A file descriptor with one owner; closed when that owner lets go.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, for a system call made while the descriptor is alive.
    public let number: CInt

    /// Takes over `number`, which nobody else may close.
    public init(owning number: CInt) { self.number = number }

    deinit { _ = close(number) }

    /// Lets this process open as many as its administrator allows; not every login does. See setrlimit(2).
    public static func raiseLimit() {
        var limit = rlimit()
        unsafe _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many this process may have open. See getrlimit(2), RLIMIT_NOFILE.
    public static var limit: CInt {
        var limit = rlimit()
        unsafe _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return CInt(clamping: limit.rlim_cur)
    }
}
