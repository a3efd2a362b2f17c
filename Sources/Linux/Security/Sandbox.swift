import CLinux
import Glibc
import SystemPackage

/// A Landlock sandbox: denies this process every file that no rule allows, as any user, and every outgoing TCP
/// connection. Open files stay open. See landlock(7).
///
/// Add the rules first, then `close` it. That is permanent, for the calling thread and the threads that it starts
/// later.
package struct Sandbox: ~Copyable {
    private let rules: Descriptor
    private let access: Access

    /// Access rights to the files below a directory. See linux/landlock.h, LANDLOCK_ACCESS_FS_.
    private struct Access: OptionSet {
        let rawValue: UInt64

        static let run: Access = .bit(0)
        static let read: Access = [.bit(2), .bit(3)]  // files, directories
        /// To write, remove, create and truncate files, and to create directories.
        static let change: Access = [.bit(1), .bit(5), .bit(7), .bit(8), .bit(14)]
        /// To create sockets and remove files.
        static let sockets: Access = [.bit(5), .bit(9)]
        /// The rights that apply to files; the others apply to directories.
        static let ofFiles: Access = [.bit(0), .bit(1), .bit(2), .bit(14), .bit(15)]

        static func bit(_ number: Int) -> Access { Access(rawValue: 1 << UInt64(number)) }

        /// Every right that a kernel with this Landlock version can deny. Each version added some.
        static func all(version: CInt) -> Access {
            let count =
                switch version {
                case 1: 13
                case 2: 14  // moving files to another directory
                case 3, 4: 15  // truncating files
                default: 16  // device control
                }
            return Access(rawValue: (1 << UInt64(count)) - 1)
        }
    }

    /// Creates a rule set; nil if the kernel has no Landlock or it is disabled.
    package init?() throws(SystemError) {
        let version = holdfast_landlock_version()
        guard version > 0 else { return nil }
        let access = Access.all(version: version)
        let connecting: UInt64 = version >= 4 ? 1 << 1 : 0  // LANDLOCK_ACCESS_NET_CONNECT_TCP
        let number = try systemCall("create", "a sandbox") { holdfast_landlock_create(access.rawValue, connecting) }
        rules = Descriptor(owning: number)
        self.access = access
    }

    /// Allows reading the file or everything below the directory at `path`. No effect if `path` does not exist.
    package func allowReading(_ path: String) throws(SystemError) { try allow(.read, path) }

    /// Allows reading, creating, writing and removing files below the directory at `path`.
    package func allowChanging(below path: String) throws(SystemError) { try allow([.read, .change], path) }

    /// Allows this process and its children to execute this program, its loader and its libraries, and nothing else.
    package func allowRunningThisProgram() throws(SystemError) {
        try allow([.read, .run], "/proc/self/exe")
        for path in LoadedObjects.paths { try allow([.read, .run], path) }
    }

    /// Allows creating and removing sockets in the directory at `path`.
    package func allowSockets(in path: String) throws(SystemError) { try allow(.sockets, path) }

    private func allow(_ wanted: Access, _ path: String) throws(SystemError) {
        let number: CInt
        do {
            number = try systemCall { unsafe open(path, holdfast_o_path | O_CLOEXEC) }
        } catch .noSuchFileOrDirectory {
            return
        } catch {
            throw SystemError("open", path, error)
        }
        let place = Descriptor(owning: number)
        var status = stat()
        unsafe _ = fstat(place.number, &status)
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let granted = wanted.intersection(access).intersection(isFolder ? access : .ofFiles)
        try systemCall("add to the sandbox", path) {
            holdfast_landlock_allow(rules.number, granted.rawValue, place.number)
        }
    }

    /// Applies the rules. The process must have given up new privileges (`Privileges.keepOnlyPacketSockets`).
    package consuming func close() throws(SystemError) {
        try systemCall("enter", "the sandbox") { holdfast_landlock_restrict(rules.number) }
    }
}
