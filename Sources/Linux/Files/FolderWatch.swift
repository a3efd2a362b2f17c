import CLinux
import Glibc
import SystemPackage

/// Tells when files leave a folder. See inotify(7).
public struct FolderWatch: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Watches the folder at `path`, until the folder itself is gone.
    public init(_ path: String) throws(SystemError) {
        let number = try systemCall("watch the directory", path) { inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK)) }
        let opened = Descriptor(owning: number)
        let departures = UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
        try systemCall("watch the directory", path) {
            unsafe inotify_add_watch(opened.number, path, departures | UInt32(IN_ONLYDIR))
        }
        descriptor = opened
    }

    /// What `poll` watches; readable when something has left.
    public var number: CInt { descriptor.number }
}
