public import Glibc
public import SystemPackage

/// A child process with its standard input from a file, and its output and errors in files. `deinit` kills it. See
/// posix_spawn(3), waitpid(2).
///
/// Foundation's `Process` needs a run loop, which a test does not have: its `waitUntilExit` never returned.
public final class ChildProcess {
    public let id: pid_t
    private var status: Int32?

    /// Starts the program at `path`. The output files are created or emptied. `environment` is added to that of this
    /// process.
    public init(
        _ path: String, _ arguments: [String], input: String = "/dev/null", output: String, errors: String,
        environment: [String: String] = [:]
    ) throws(Errno) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        let fresh = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, fresh, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, fresh, 0o600)
        // The program starts with every signal unblocked, whatever this thread blocks.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)

        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup("\($0)=\($1)") }
        defer { unsafe variables.forEach { unsafe free($0) } }
        var place = 0
        while let variable = unsafe environ[place] {
            let name = unsafe String(cString: variable).prefix { $0 != "=" }
            if environment[String(name)] == nil { unsafe variables.append(strdup(variable)) }
            place += 1
        }
        unsafe variables.append(nil)
        var id: pid_t = 0
        let failure = unsafe posix_spawn(&id, path, &actions, &attributes, &words, &variables)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        self.id = id
    }

    deinit {
        guard isRunning else { return }
        kill(id, SIGKILL)
        _ = wait()
    }

    public var isRunning: Bool { exitCode == nil }

    /// The exit code, or the negative number of the signal that killed the process; nil while it runs.
    public var exitCode: Int32? {
        if status == nil { take(WNOHANG) }
        return status
    }

    /// Waits for the end of the process; returns its `exitCode`.
    public func wait() -> Int32 {
        while true {
            if let status { return status }
            take(0)
        }
    }

    private func take(_ options: Int32) {
        var word: Int32 = 0
        let result = unsafe waitpid(id, &word, options)
        // WIFEXITED, WEXITSTATUS and WTERMSIG of sys/wait.h, which are macros.
        if result == id { status = word & 0x7f == 0 ? word >> 8 & 0xff : -(word & 0x7f) }
        if result == -1 && errno == ECHILD { status = -1 }
    }
}
