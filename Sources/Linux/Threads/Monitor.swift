import CLinux
import Glibc

/// State that threads share under one lock, and can wait for: a pthread mutex and a condition variable.
///
/// The standard library's `Mutex` has no condition variable. See pthread_cond_timedwait(3).
@safe package final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: consuming State) {
        self.state = state
        unsafe lock = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
    }

    /// Changes the state and wakes every waiting thread.
    package func update<Result: ~Copyable>(_ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer {
            unsafe pthread_cond_broadcast(changed)
            unsafe pthread_mutex_unlock(lock)
        }
        return body(&state)
    }

    /// Evaluates `body` now and after each change, until it returns a value or the monotonic clock reaches `deadline`
    /// (in nanoseconds). A `deadline` of nil waits without limit; 0 evaluates once. Returns nil at the deadline.
    package func wait<Result: ~Copyable>(until deadline: UInt64?, for body: (inout State) -> Result?) -> Result? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let found = body(&state) { return found }
            guard let deadline else {
                unsafe pthread_cond_wait(changed, lock)
                continue
            }
            if Clock.monotonic() >= deadline { return nil }
            var limit = timespec(
                tv_sec: Int(deadline / .nanosecondsPerSecond), tv_nsec: Int(deadline % .nanosecondsPerSecond))
            unsafe _ = pthread_cond_timedwait(changed, lock, &limit)
        }
    }
}
