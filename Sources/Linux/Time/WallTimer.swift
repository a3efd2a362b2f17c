import CLinux
import Glibc

/// A timer on the wall clock that also fires when the clock is set, so that a sleeping thread checks the time again.
/// See timerfd_create(2), TFD_TIMER_CANCEL_ON_SET.
package struct WallTimer: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private var armedFor: Int64?

    package init() throws(SystemError) {
        let number = try systemCall("create", "a timer") {
            timerfd_create(CLOCK_REALTIME, CInt(TFD_CLOEXEC) | CInt(TFD_NONBLOCK))
        }
        descriptor = Descriptor(owning: number)
    }

    /// The descriptor for `poll`: readable when the time is reached or the clock was set.
    package var number: CInt { descriptor.number }

    /// Arms the timer for `second` since 1970, UTC; nil disarms it. Makes a system call only when the time changes.
    package mutating func arm(at second: Int64?) {
        guard second != armedFor else { return }
        armedFor = second
        let flags = CInt(TFD_TIMER_ABSTIME) | CInt(TFD_TIMER_CANCEL_ON_SET)
        var when = itimerspec()
        when.it_value.tv_sec = Int(second ?? 0)
        unsafe _ = timerfd_settime(descriptor.number, flags, &when, nil)
    }

    /// Acknowledges that the timer fired. It must be armed again.
    package mutating func acknowledge() {
        var expirations: UInt64 = 0
        unsafe _ = read(descriptor.number, &expirations, 8)
        armedFor = nil
    }
}
