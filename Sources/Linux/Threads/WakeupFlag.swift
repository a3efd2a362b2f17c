import CLinux
import Glibc
import Synchronization

/// A flag that wakes a thread from `poll` and costs one load to read: an eventfd with an atomic flag beside it.
///
/// The control plane signals the threads of the data plane only in this way. See eventfd(2).
///
/// `raise` makes the descriptor readable and then sets the flag; `lower` clears the flag and then reads the
/// descriptor. So if the descriptor is readable, the flag is set, now or in a moment, and there is something to
/// lower. The descriptor is never left readable with the flag cleared, which would keep `poll` from sleeping. A
/// `lower` between the two steps of `raise` can leave only the flag set. That costs one needless check: the command
/// existed before `raise`, so a thread that looks for commands after `lower` has already found it.
package final class WakeupFlag: Sendable {
    private let descriptor: Descriptor
    private let raised = Atomic(false)

    package init() throws(SystemError) {
        let number = try systemCall("create", "an eventfd") { eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)) }
        descriptor = Descriptor(owning: number)
    }

    /// The descriptor for `poll`: readable from `raise` until `lower`.
    package var number: CInt { descriptor.number }

    /// Whether the flag is raised. Costs one load, so that it can be read once per block.
    package var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Raises the flag. The command that it announces must exist by now. Raising it again has no effect.
    package func raise() {
        var one: UInt64 = 1
        unsafe _ = write(descriptor.number, &one, 8)
        raised.store(true, ordering: .releasing)
    }

    /// Lowers the flag. Look for commands afterwards.
    package func lower() {
        raised.store(false, ordering: .releasing)
        var count: UInt64 = 0
        unsafe _ = read(descriptor.number, &count, 8)
    }
}
