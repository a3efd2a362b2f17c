import Glibc

/// The user groups of this host.
package enum Group {
    /// The number of a group; nil if the name is unknown. See getgrnam(3).
    package static func number(of name: String) -> UInt32? {
        unsafe getgrnam(name).map { unsafe $0.pointee.gr_gid }
    }

    /// The name of a group; nil if the number is unknown. See getgrgid(3).
    package static func name(of number: UInt32) -> String? {
        unsafe getgrgid(number).map { unsafe String(cString: $0.pointee.gr_name) }
    }
}
