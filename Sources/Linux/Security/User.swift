import Glibc

/// An account of this host: who owns files, and as whom a process runs. See getpwnam(3).
public struct User: Codable, Hashable, Sendable {
    public let name: String
    public let id: UInt32
    /// Its first group, which its files get.
    public var group: UInt32

    /// Nil when the host has no such account. Only one thread may ask at a time.
    public init?(named name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        unsafe self.init(entry)
    }

    /// The one that this process runs as; nil when the number has no name.
    public static var current: User? { unsafe getpwuid(geteuid()).map { unsafe User($0) } }

    private init(_ entry: UnsafePointer<passwd>) {
        unsafe (name, id, group) = (String(cString: entry.pointee.pw_name), entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// Every group that it is in. See getgrouplist(3).
    var groups: [gid_t] {
        var count: CInt = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            if unsafe getgrouplist(name, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
        }
    }
}
