import Glibc

/// A file descriptor with one owner; `deinit` closes it.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, for system calls while the descriptor is alive.
    package let number: CInt

    /// Takes ownership of `number`, which nothing else may close.
    package init(owning number: CInt) { self.number = number }

    deinit { _ = close(number) }

    /// Raises the limit of open descriptors to the hard limit; not every login does so. See setrlimit(2).
    package static func raiseLimit() {
        var limit = rlimit()
        unsafe _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// The limit of open descriptors. See getrlimit(2), RLIMIT_NOFILE.
    package static var limit: CInt {
        var limit = rlimit()
        unsafe _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return CInt(clamping: limit.rlim_cur)
    }
}
