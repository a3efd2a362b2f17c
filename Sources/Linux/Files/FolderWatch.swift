import CLinux
import Glibc
import SystemPackage

/// Reports when files leave a directory. See inotify(7).
package struct FolderWatch: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Watches the directory at `path` until the directory itself disappears.
    package init(_ path: String) throws(SystemError) {
        let number = try systemCall("watch the directory", path) { inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK)) }
        let opened = Descriptor(owning: number)
        let departures = UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
        try systemCall("watch the directory", path) {
            unsafe inotify_add_watch(opened.number, path, departures | UInt32(IN_ONLYDIR))
        }
        descriptor = opened
    }

    /// The descriptor for `poll`: readable when a file has left.
    package var number: CInt { descriptor.number }
}
