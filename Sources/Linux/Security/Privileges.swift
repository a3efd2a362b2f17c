import CCap
import CLinux
import Glibc
import SystemPackage

/// What this process may do. See capabilities(7), libcap(3).
///
/// Rights belong to each thread: what gives them up here does so for the calling thread and those that it starts later, so it
/// comes before any other.
public enum Privileges {
    /// Whether packet sockets can be opened (CAP_NET_RAW is effective).
    public static var canOpenPacketSockets: Bool { holds(CAP_NET_RAW, CAP_EFFECTIVE) }

    /// Whether this process is the superuser, who may become another user.
    public static var isRoot: Bool { geteuid() == 0 }

    /// Becomes `user`, for good, with its groups. Its capabilities stay, those in force until they are raised again. See
    /// cap_setuid(3).
    public static func become(_ user: User) throws(SystemError) {
        // What the user is already needs no right.
        guard user.id != geteuid() else { return }
        try systemCall("become user", user.name) {
            unsafe user.groups.withUnsafeBufferPointer {
                unsafe cap_setgroups(user.group, $0.count, $0.baseAddress)
            }
        }
        try systemCall("become user", user.name) { cap_setuid(user.id) }
    }

    /// Gives up every capability but CAP_NET_RAW, and the means to get one back by running another program.
    public static func keepOnlyPacketSockets() throws(SystemError) {
        let others = (0..<cap_max_bits()).filter { $0 != CAP_NET_RAW }
        // A set that is right already is left alone: not every sandbox lets it be set.
        if others.contains(where: { holds($0, CAP_PERMITTED) }) {
            if holds(CAP_SETPCAP, CAP_PERMITTED) {
                try raise([CAP_NET_RAW, CAP_SETPCAP])
                for capability in others where cap_get_bound(capability) == 1 {
                    try systemCall("give up", "capabilities") { cap_drop_bound(capability) }
                }
            }
            try raise([CAP_NET_RAW])
        }
        try systemCall("give up", "new privileges") { cap_prctl(Int(PR_SET_NO_NEW_PRIVS), 1, 0, 0, 0, 0) }
    }

    /// Gives up every capability, and the means to get one back by running another program.
    public static func giveUpAll() throws(SystemError) {
        // None is left alone: not every sandbox lets them be set.
        if (0..<cap_max_bits()).contains(where: { holds($0, CAP_PERMITTED) }) { try raise([]) }
        try systemCall("give up", "new privileges") { cap_prctl(Int(PR_SET_NO_NEW_PRIVS), 1, 0, 0, 0, 0) }
    }

    /// Starts a program that gets none of this thread's capabilities, though systemd has given them for that (ambient ones). See
    /// capabilities(7), "Ambient".
    public static func withoutAmbient<Result: ~Copyable>(
        _ start: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        guard cap_get_ambient(CAP_NET_RAW) == 1 else { return try start() }
        _ = cap_reset_ambient()
        defer { _ = cap_set_ambient(CAP_NET_RAW, CAP_SET) }
        return try start()
    }

    /// Makes these of the permitted capabilities effective; every other one is gone. See cap_set_proc(3).
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
