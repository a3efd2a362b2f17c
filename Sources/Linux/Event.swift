import CLinux
import Glibc
import Synchronization

/// An order that one thread gives and another sees, both in `poll` and by looking: an eventfd with a flag beside it.
///
/// This is the one way in which the control plane speaks to a thread of the data plane. See eventfd(2).
public final class Event: Sendable {
    private let descriptor: Descriptor
    private let raised = Atomic(false)

    public init() throws(SystemError) {
        let number = try systemCall("create", "an eventfd") { eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)) }
        descriptor = Descriptor(owning: number)
    }

    /// What `poll` watches; readable from the first `raise` until `lower`.
    public var number: CInt { descriptor.number }

    /// Whether the order has been given. Costs a load; made to be asked once per block.
    public var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Gives the order. A second time changes nothing.
    public func raise() {
        raised.store(true, ordering: .releasing)
        var one: UInt64 = 1
        unsafe _ = write(descriptor.number, &one, 8)
    }

    /// Takes the order back, so that it can be given again.
    public func lower() {
        raised.store(false, ordering: .releasing)
        var count: UInt64 = 0
        unsafe _ = read(descriptor.number, &count, 8)
    }
}
