import CLinux
import Glibc

/// A timer on the wall clock that also fires when somebody sets the clock, so that a sleeper wakes and looks again.
/// See timerfd_create(2), TFD_TIMER_CANCEL_ON_SET.
public struct WallTimer: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private var armedFor: Int64?

    public init() throws(SystemError) {
        let number = try systemCall("create", "a timer") {
            timerfd_create(CLOCK_REALTIME, CInt(TFD_CLOEXEC) | CInt(TFD_NONBLOCK))
        }
        descriptor = Descriptor(owning: number)
    }

    /// What `poll` watches; readable when the time has come or the clock was set.
    public var number: CInt { descriptor.number }

    /// Fires at `second` since 1970, UTC; nil disarms. Costs a system call only when the time changes.
    public mutating func arm(at second: Int64?) {
        guard second != armedFor else { return }
        armedFor = second
        let flags = CInt(TFD_TIMER_ABSTIME) | CInt(TFD_TIMER_CANCEL_ON_SET)
        var when = itimerspec()
        when.it_value.tv_sec = Int(second ?? 0)
        unsafe _ = timerfd_settime(descriptor.number, flags, &when, nil)
    }

    /// Notes that it fired; it has to be armed again.
    public mutating func acknowledge() {
        var expirations: UInt64 = 0
        unsafe _ = read(descriptor.number, &expirations, 8)
        armedFor = nil
    }
}
