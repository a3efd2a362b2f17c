import Capture
import Glibc
import Linux
import Logging
import Settings
import SystemPackage

/// How the daemon gives up what capturing does not need: its user, its capabilities, and last all files but its own.
///
/// Each of these holds for a thread and those that it starts later, so all of it comes before the first `await`.
struct Confinement {
    /// Whom the service runs as where nothing else is said.
    static let serviceUser = "holdfast"

    let settings: Settings
    /// The configuration's file.
    let path: String
    let log: Logger
    /// Directories that could not be made, and why.
    private var missing: [String: StartDirectories.Failure] = [:]
    /// Whether the sandbox is closed.
    private var isClosed = false

    init(settings: Settings, path: String, log: Logger) {
        (self.settings, self.path, self.log) = (settings, path, log)
    }

    /// Who captures, when it is root who starts the daemon.
    private var user: User? { Privileges.isRoot ? settings.user ?? User(named: Confinement.serviceUser) : nil }

    /// Makes the directories that are missing; as root, for the user who will write into them. What cannot be made is said when it
    /// is needed.
    mutating func makeDirectories() throws(SystemError) {
        let owner = user
        missing = try StartDirectories.make(settings.captures.map(\.rule.directory), for: owner)
        guard let owner else { return }
        _ = try? Directory(making: Confinement.folder(of: settings.control.socket), mode: 0o755, for: owner)
    }

    /// Directories whose disk does not answer.
    var silent: Set<String> { Set(missing.filter { $0.value == .noAnswer }.keys) }

    /// Keeps the right to open packet sockets, for interfaces that come later, and nothing else. Root becomes another user.
    func giveUpRights() throws(SystemError) {
        if let user {
            try Privileges.become(user)
        } else if Privileges.isRoot {
            log.warning("stays root: there is no user '\(Confinement.serviceUser)', and 'user:' names no other")
        } else if let user = settings.user, user != User.current {
            log.warning("cannot become user \(user.name): that takes root at the start")
        }
        try Privileges.keepOnlyPacketSockets()
        if unsafe access(path, R_OK) != 0 {
            log.warning("\(runner) cannot read \(path), so it cannot be reloaded")
        }
    }

    /// Puts all files out of reach but those of the captures, and what reading the configuration again takes. The
    /// directories must be there.
    mutating func closeSandbox() throws(SystemError) {
        var walls = "without a sandbox ('sandbox: false')"
        if settings.sandbox {
            if let sandbox = try Sandbox() {
                for directory in roots { try sandbox.allowChanging(below: directory) }
                try sandbox.allowSockets(in: Confinement.folder(of: settings.control.socket))
                for path in readable { try sandbox.allowReading(path) }
                // The disk helper is another process of this program, which may have to be started again.
                try sandbox.allowRunningThisProgram()
                try sandbox.close()
                isClosed = true
                walls = "in a sandbox around \(roots.sorted().joined(separator: ", "))"
            } else {
                log.notice("this kernel has no Landlock, so permissions alone keep the daemon from the files of others")
                walls = "without a sandbox"
            }
        }
        log.info("runs as \(runner) with the capability CAP_NET_RAW alone, \(walls)")
    }

    /// Below which files are made: the directory of all captures, where a later configuration can name others too, and those
    /// that lie elsewhere.
    private var roots: Set<String> {
        Set(
            settings.captures.map(\.rule.directory).filter { missing[$0] == nil }.map { directory in
                directory.hasPrefix(settings.directory + "/") ? settings.directory : directory
            })
    }

    /// What libpcap and the C library look at when a filter is compiled: interfaces, names of ports and hosts, libraries that
    /// know them. And libdispatch looks at its threads in /proc, and ends the process where it cannot.
    ///
    /// One who stays root owns the secrets in /etc, and gets single files of it: what replaces one of them later is out of reach.
    private var readable: [String] {
        let system = ["/proc", "/run/systemd/resolve", "/sys", "/usr", "/lib", "/lib64"]
        // Where the files stand that a reload reads again, and what replaces them.
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

    /// What an operator can do about a file or directory that refuses.
    func advice(on error: SystemError) -> String {
        let isInside = roots.contains { error.subject == $0 || error.subject.hasPrefix($0 + "/") }
        return switch error.errno {
        case .permissionDenied where isClosed && !isInside:
            " (the sandbox was closed around the directories named at the start: start the daemon anew, or say "
                + "'sandbox: false')"
        case .permissionDenied: " (the daemon runs as \(runner), who needs a directory to own)"
        case .readOnlyFileSystem:
            " (as a service it writes below /var/lib/holdfast alone: ReadWritePaths= in a drop-in, systemctl edit "
                + "holdfastd, adds another place)"
        default: ""
        }
    }
}
