import CLinux
import Glibc
import Synchronization

/// An order that one thread gives and another sees, both in `poll` and by looking: an eventfd with a flag beside it.
///
/// This is the one way in which the control plane speaks to a thread of the data plane. See eventfd(2).
///
/// `raise` makes the descriptor readable first and then sets the flag, `lower` clears the flag first and then reads. So
/// whoever finds the descriptor readable finds the flag set, now or a moment later, and has something to lower: it is never left
/// readable with the flag down, which would keep `poll` from sleeping. A `lower` that comes between the two steps of `raise` can
/// leave the flag set alone. That costs a look for nothing: what was ordered was there before `raise`, so whoever looks for
/// it after `lower` has found it already.
public final class WakeupFlag: Sendable {
    private let descriptor: Descriptor
    private let raised = Atomic(false)

    public init() throws(SystemError) {
        let number = try systemCall("create", "an eventfd") { eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)) }
        descriptor = Descriptor(owning: number)
    }

    /// What `poll` watches; readable from `raise` until `lower`.
    public var number: CInt { descriptor.number }

    /// Whether the order has been given. Costs a load; made to be asked once per block.
    public var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Says that there is an order, which must be there by now. A second time changes nothing.
    public func raise() {
        var one: UInt64 = 1
        unsafe _ = write(descriptor.number, &one, 8)
        raised.store(true, ordering: .releasing)
    }

    /// Makes ready for the next order; those given so far are to be looked for afterwards.
    public func lower() {
        raised.store(false, ordering: .releasing)
        var count: UInt64 = 0
        unsafe _ = read(descriptor.number, &count, 8)
    }
}
