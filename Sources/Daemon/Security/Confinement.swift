import Capture
import Glibc
import Linux
import Logging
import Rules
import Settings
import SystemPackage

/// The daemon's privilege drop: the user, the capabilities, and last the sandbox.
///
/// Each of them applies to a thread and the threads that it starts later, so all of it precedes the first `await`
/// (I18).
struct Confinement {
    /// The default user of the service.
    static let serviceUser = "holdfast"

    let settings: Settings
    /// Path of the configuration file.
    let path: String
    let log: Logger
    /// Directories that could not be created, with the reason.
    private var missing: [String: StartDirectories.Failure] = [:]
    /// Whether the sandbox is closed.
    private var isClosed = false

    init(settings: Settings, path: String, log: Logger) {
        (self.settings, self.path, self.log) = (settings, path, log)
    }

    /// The user that captures if root starts the daemon.
    private var user: User? { Privileges.isRoot ? settings.user ?? User(named: Confinement.serviceUser) : nil }

    /// Creates the missing directories; as root, for the user who will write into them. Failures are reported when the
    /// directory is needed.
    mutating func makeDirectories() throws(SystemError) {
        let owner = user
        missing = try StartDirectories.make(settings.captures.map(\.rule.directory), for: owner)
        guard let owner else { return }
        _ = try? Directory(making: Confinement.folder(of: settings.control.socket), mode: 0o755, for: owner)
    }

    /// Directories whose disk does not answer.
    var silent: Set<String> { Set(missing.filter { $0.value == .noAnswer }.keys) }

    /// Keeps only the right to open packet sockets, for interfaces that come later. Root becomes another user.
    func giveUpRights() throws(SystemError) {
        if let user {
            try Privileges.become(user)
        } else if Privileges.isRoot {
            log.warning("stays root: there is no user '\(Confinement.serviceUser)' (create it, or set 'user')")
        } else if let user = settings.user, user != User.current {
            log.warning("cannot become user \(user.name): the daemon was not started as root")
        }
        try Privileges.keepOnlyPacketSockets()
        if unsafe access(path, R_OK) != 0 {
            log.warning("\(runner) cannot read \(path): a reload will fail")
        }
    }

    /// Closes the sandbox: allows only the captures' directories and what reading the configuration again needs. The
    /// directories must exist.
    mutating func closeSandbox() throws(SystemError) {
        var walls = "without a sandbox ('sandbox: false')"
        if settings.sandbox {
            if let sandbox = try Sandbox() {
                for directory in roots { try sandbox.allowChanging(below: directory) }
                try sandbox.allowSockets(in: Confinement.folder(of: settings.control.socket))
                for path in readable { try sandbox.allowReading(path) }
                // The disk helper is another process of this program and may have to be restarted.
                try sandbox.allowRunningThisProgram()
                try sandbox.close()
                isClosed = true
                walls = "in a sandbox limited to \(roots.sorted().joined(separator: ", "))"
            } else {
                log.notice("this kernel has no Landlock: only file permissions restrict the daemon")
                walls = "without a sandbox"
            }
        }
        log.info("runs as \(runner) with CAP_NET_RAW as its only capability, \(walls)")
    }

    /// The directories with write access: the directory of all captures, so that a later configuration can add some,
    /// and the captures' directories elsewhere.
    private var roots: Set<String> {
        Set(
            settings.captures.map(\.rule.directory).filter { missing[$0] == nil }.map { directory in
                directory.hasPrefix(settings.directory + "/") ? settings.directory : directory
            })
    }

    /// The paths with read access, which libpcap and the C library read to compile a filter: interfaces, names of
    /// ports and hosts, and the libraries that look them up. libdispatch inspects its threads in /proc, and ends the
    /// process if it cannot.
    ///
    /// Root can read the secrets in /etc, so a daemon that stays root gets single files there. A file that replaces
    /// one of them later is not accessible.
    private var readable: [String] {
        let system = ["/proc", "/run/systemd/resolve", "/sys", "/usr", "/lib", "/lib64"]
        // The directories of the files that a reload reads again, so that replaced files are accessible.
        let folders = Set(([path] + settings.files).map(Confinement.folder)).sorted()
        guard geteuid() == 0 else { return folders + ["/etc"] + system }
        let known = [
            "ethers", "gai.conf", "group", "host.conf", "hosts", "ld.so.cache", "localtime", "networks",
            "nsswitch.conf", "passwd", "protocols", "resolv.conf", "services",
        ]
        let secret = "/etc/"
        let single = ([path] + settings.files).filter { Confinement.folder(of: $0) == secret }
        return folders.filter { $0 != secret } + single + known.map { secret + $0 } + system
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    }

    private var runner: String { "user \(User.current?.name ?? String(geteuid()))" }

    /// Advice about a file or directory that refuses access.
    func advice(on error: SystemError) -> String {
        let isInside = roots.contains { error.subject == $0 || error.subject.hasPrefix($0 + "/") }
        return switch error.errno {
        case .permissionDenied where isClosed && !isInside:
            " (the sandbox allows only the directories configured at the start: restart the daemon, or set "
                + "'sandbox: false')"
        case .permissionDenied: " (the daemon runs as \(runner), which must own the directory)"
        case .readOnlyFileSystem:
            " (the service can write only below /var/lib/holdfast: add ReadWritePaths= with 'systemctl edit "
                + "holdfastd')"
        default: ""
        }
    }
}
