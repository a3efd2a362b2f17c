import Glibc

/// A user account of this host: an owner of files and processes. See getpwnam(3).
package struct User: Codable, Hashable, Sendable {
    package let name: String
    package let id: UInt32
    /// The primary group, which its files get.
    package var group: UInt32

    /// Looks up an account; nil if it does not exist. Not thread-safe.
    package init?(named name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        unsafe self.init(entry)
    }

    /// The account that this process runs as; nil if its number has no name.
    package static var current: User? { unsafe getpwuid(geteuid()).map { unsafe User($0) } }

    private init(_ entry: UnsafePointer<passwd>) {
        unsafe (name, id, group) = (String(cString: entry.pointee.pw_name), entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// Every group of the account. See getgrouplist(3).
    var groups: [gid_t] {
        var count: CInt = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            if unsafe getgrouplist(name, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
        }
    }
}
