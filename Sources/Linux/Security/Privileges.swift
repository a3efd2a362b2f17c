import CCap
import CLinux
import Glibc
import SystemPackage

/// The privileges of this process. See capabilities(7), libcap(3).
///
/// Privileges belong to threads. A privilege drop affects the calling thread and the threads that it starts later, so
/// it must happen while the process has one thread (I18).
package enum Privileges {
    /// Whether this process can open packet sockets (CAP_NET_RAW is effective).
    package static var canOpenPacketSockets: Bool { holds(CAP_NET_RAW, CAP_EFFECTIVE) }

    /// Whether this process is root, which can become another user.
    package static var isRoot: Bool { geteuid() == 0 }

    /// Switches to `user` and its groups permanently. The permitted capabilities stay; they are effective again once
    /// they are raised. See cap_setuid(3).
    package static func become(_ user: User) throws(SystemError) {
        // The user that the process already is needs no privilege.
        guard user.id != geteuid() else { return }
        try systemCall("become user", user.name) {
            unsafe user.groups.withUnsafeBufferPointer {
                unsafe cap_setgroups(user.group, $0.count, $0.baseAddress)
            }
        }
        try systemCall("become user", user.name) { cap_setuid(user.id) }
    }

    /// Drops every capability except CAP_NET_RAW, and the ability to regain one by executing a program (I18).
    package static func keepOnlyPacketSockets() throws(SystemError) {
        let others = (0..<cap_max_bits()).filter { $0 != CAP_NET_RAW }
        // A correct set stays untouched: not every sandbox permits setting it.
        if others.contains(where: { holds($0, CAP_PERMITTED) }) {
            if holds(CAP_SETPCAP, CAP_PERMITTED) {
                try raise([CAP_NET_RAW, CAP_SETPCAP])
                for capability in others where cap_get_bound(capability) == 1 {
                    try systemCall("drop", "capabilities") { cap_drop_bound(capability) }
                }
            }
            try raise([CAP_NET_RAW])
        }
        try systemCall("set", "no_new_privs") { cap_prctl(Int(PR_SET_NO_NEW_PRIVS), 1, 0, 0, 0, 0) }
    }

    /// Drops every capability, and the ability to regain one by executing a program.
    package static func giveUpAll() throws(SystemError) {
        // An empty set stays untouched: not every sandbox permits setting it.
        if (0..<cap_max_bits()).contains(where: { holds($0, CAP_PERMITTED) }) { try raise([]) }
        try systemCall("set", "no_new_privs") { cap_prctl(Int(PR_SET_NO_NEW_PRIVS), 1, 0, 0, 0, 0) }
    }

    /// Runs `start` without ambient capabilities, which systemd sets, so that a program started there gets none. See
    /// capabilities(7), "Ambient".
    package static func withoutAmbient<Result: ~Copyable>(
        _ start: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        guard cap_get_ambient(CAP_NET_RAW) == 1 else { return try start() }
        _ = cap_reset_ambient()
        defer { _ = cap_set_ambient(CAP_NET_RAW, CAP_SET) }
        return try start()
    }

    /// Makes the given permitted capabilities effective and drops all others. See cap_set_proc(3).
    private static func raise(_ capabilities: [CInt]) throws(SystemError) {
        guard let wanted = unsafe cap_init() else { throw SystemError("set", "capabilities", Errno(rawValue: errno)) }
        defer { unsafe _ = cap_free(UnsafeMutableRawPointer(wanted)) }
        for set in [CAP_PERMITTED, CAP_EFFECTIVE] {
            unsafe _ = cap_set_flag(wanted, set, CInt(capabilities.count), capabilities, CAP_SET)
        }
        try systemCall("set", "capabilities") { unsafe cap_set_proc(wanted) }
    }

    private static func holds(_ capability: CInt, _ set: cap_flag_t) -> Bool {
        guard let held = unsafe cap_get_proc() else { return false }
        defer { unsafe _ = cap_free(UnsafeMutableRawPointer(held)) }
        var value = CAP_CLEAR
        unsafe _ = cap_get_flag(held, capability, set, &value)
        return value == CAP_SET
    }
}
