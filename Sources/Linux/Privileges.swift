import CCap
import Glibc

/// What this process may do. See capabilities(7), libcap(3).
public enum Privileges {
    /// Whether packet sockets can be opened (CAP_NET_RAW is effective).
    public static var canOpenPacketSockets: Bool {
        guard let held = unsafe cap_get_proc() else { return false }
        defer { unsafe _ = cap_free(UnsafeMutableRawPointer(held)) }
        var value = CAP_CLEAR
        unsafe _ = cap_get_flag(held, CAP_NET_RAW, CAP_EFFECTIVE, &value)
        return value == CAP_SET
    }
}
