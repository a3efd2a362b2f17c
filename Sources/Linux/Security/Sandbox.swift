import CLinux
import Glibc
import SystemPackage

/// Walls around this process: files that no rule names are out of its reach, whoever it runs as, and so is every peer on
/// TCP. What is open already stays open. See landlock(7).
///
/// Built first, then closed for good, for the calling thread and those that it starts later.
public struct Sandbox: ~Copyable {
    private let rules: Descriptor
    private let access: Access

    /// What a rule lets a process do with the files below a folder. See linux/landlock.h, LANDLOCK_ACCESS_FS_.
    private struct Access: OptionSet {
        let rawValue: UInt64

        static let run: Access = .bit(0)
        static let read: Access = [.bit(2), .bit(3)]  // files, folders
        /// To write to, remove, make and cut files, and to make folders.
        static let change: Access = [.bit(1), .bit(5), .bit(7), .bit(8), .bit(14)]
        /// To make sockets and remove files.
        static let sockets: Access = [.bit(5), .bit(9)]
        /// All that is meant for files; the rest is for folders.
        static let ofFiles: Access = [.bit(0), .bit(1), .bit(2), .bit(14), .bit(15)]

        static func bit(_ number: Int) -> Access { Access(rawValue: 1 << UInt64(number)) }

        /// All that a kernel of this Landlock version can forbid: it learnt to by and by.
        static func all(version: CInt) -> Access {
            let count =
                switch version {
                case 1: 13
                case 2: 14  // moving files to another folder
                case 3, 4: 15  // cutting them
                default: 16  // control of devices
                }
            return Access(rawValue: (1 << UInt64(count)) - 1)
        }
    }

    /// Nil where the kernel has no Landlock, or it is switched off.
    public init?() throws(SystemError) {
        let version = holdfast_landlock_version()
        guard version > 0 else { return nil }
        let access = Access.all(version: version)
        let connecting: UInt64 = version >= 4 ? 1 << 1 : 0  // LANDLOCK_ACCESS_NET_CONNECT_TCP
        let number = try systemCall("make", "a sandbox") { holdfast_landlock_create(access.rawValue, connecting) }
        rules = Descriptor(owning: number)
        self.access = access
    }

    /// What stands at `path` can be read, and where it is a folder, all below it. Nothing happens where nothing is there.
    public func allowReading(_ path: String) throws(SystemError) { try allow(.read, path) }

    /// Files at or below the folder at `path` can be read, made, written and removed.
    public func allowChanging(below path: String) throws(SystemError) { try allow([.read, .change], path) }

    /// This program can be started again, by this process and its children, and no other: its file, and those of the loader and
    /// the libraries that it runs with.
    public func allowRunningThisProgram() throws(SystemError) {
        try allow([.read, .run], "/proc/self/exe")
        for path in LoadedObjects.paths { try allow([.read, .run], path) }
    }

    /// Sockets can be made in the folder at `path`, and removed.
    public func allowSockets(in path: String) throws(SystemError) { try allow(.sockets, path) }

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
        try systemCall("allow in the sandbox", path) {
            holdfast_landlock_allow(rules.number, granted.rawValue, place.number)
        }
    }

    /// Closes it. The process must have given up new privileges (`Privileges.keepOnlyPacketSockets`).
    public consuming func close() throws(SystemError) {
        try systemCall("close", "the sandbox") { holdfast_landlock_restrict(rules.number) }
    }
}
