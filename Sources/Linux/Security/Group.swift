import Glibc

/// Groups of users, as this system knows them.
public enum Group {
    /// The number of a group; nil when there is none of that name. See getgrnam(3).
    public static func number(of name: String) -> UInt32? {
        unsafe getgrnam(name).map { unsafe $0.pointee.gr_gid }
    }

    /// The name of a group; nil when it has none. See getgrgid(3).
    public static func name(of number: UInt32) -> String? {
        unsafe getgrgid(number).map { unsafe String(cString: $0.pointee.gr_name) }
    }
}
