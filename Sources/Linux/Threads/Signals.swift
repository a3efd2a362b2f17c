import CLinux
import Glibc

/// A signal that is a command to the daemon.
public enum Signal: CInt, CaseIterable, Sendable, CustomStringConvertible {
    case sighup = 1
    case sigint = 2
    case sigusr1 = 10
    case sigterm = 15

    public var description: String {
        switch self {
        case .sighup: "SIGHUP"
        case .sigint: "SIGINT"
        case .sigusr1: "SIGUSR1"
        case .sigterm: "SIGTERM"
        }
    }
}

/// How this process takes signals: blocked in every thread, and one thread that waits for them. So no handler runs anywhere and
/// no system call is interrupted. See signal(7), sigwait(3).
public enum Signals {
    /// Ignores every signal without a meaning whose default would end the process, and holds `signals` until `wait` takes them.
    /// For the calling thread and those that it starts later, so the first thing that `main` does.
    public static func hold(_ signals: [Signal]) {
        // SIGXFSZ, since a write beyond a limit is then an error like others. SIGQUIT, SIGXCPU and the faults keep their default.
        let meaningless = [SIGPIPE, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ]
        for signal in meaningless + Array(__libc_current_sigrtmin()...__libc_current_sigrtmax()) {
            _ = Glibc.signal(signal, SIG_IGN)
        }
        var set = Signals.set(signals)
        unsafe _ = pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Lets every command's signal do what it does by default again.
    public static func release() {
        var set = Signals.set(Signal.allCases)
        unsafe _ = pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// Starts a thread that reports each signal, those held so far first. All of them must be held. The thread lives as
    /// long as the process.
    public static func watch(report: @escaping @Sendable (Signal) -> Void) throws(SystemError) {
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
