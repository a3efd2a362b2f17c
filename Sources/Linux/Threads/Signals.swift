import CLinux
import Glibc

/// A signal that the daemon handles as a command.
package enum Signal: CInt, CaseIterable, Sendable, CustomStringConvertible {
    case sighup = 1
    case sigint = 2
    case sigusr1 = 10
    case sigterm = 15

    package var description: String {
        switch self {
        case .sighup: "SIGHUP"
        case .sigint: "SIGINT"
        case .sigusr1: "SIGUSR1"
        case .sigterm: "SIGTERM"
        }
    }
}

/// The process's signals: blocked in every thread, and received by one thread. So no signal handler runs and no system
/// call is interrupted. See signal(7), sigwait(3).
package enum Signals {
    /// Ignores every signal that has no meaning here and would end the process, and blocks `signals` until `watch`
    /// receives them. Applies to the calling thread and the threads that it starts later, so `main` calls it first.
    package static func hold(_ signals: [Signal]) {
        // SIGXFSZ is ignored, so that a write beyond a limit fails like others. SIGQUIT, SIGXCPU and faults keep
        // their default.
        let meaningless = [SIGPIPE, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ]
        for signal in meaningless + Array(__libc_current_sigrtmin()...__libc_current_sigrtmax()) {
            _ = Glibc.signal(signal, SIG_IGN)
        }
        var set = Signals.set(signals)
        unsafe _ = pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Restores the default action of every command's signal.
    package static func release() {
        var set = Signals.set(Signal.allCases)
        unsafe _ = pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// Starts a thread that reports each signal, beginning with those that are pending. All of them must be blocked.
    /// The thread lives as long as the process.
    package static func watch(report: @escaping @Sendable (Signal) -> Void) throws(SystemError) {
        try DedicatedThread("signals", state: report) { report in
            var set = Signals.set(Signal.allCases)
            while true {
                var number: CInt = 0
                if unsafe sigwait(&set, &number) == 0, let signal = Signal(rawValue: number) { report(signal) }
            }
        }.detach()
    }

    private static func set(_ signals: [Signal]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal.rawValue) }
        return set
    }
}
