import Glibc
import Linux

/// The service manager that started the daemon: systemd, or another one with the same datagram protocol. See
/// sd_notify(3), which recommends that programs implement the protocol themselves.
final class ServiceManager: Sendable {
    private let socket: DatagramSocket
    /// Nanoseconds without a keep-alive after which it restarts the daemon; nil if it never does.
    let watchdog: UInt64?

    /// Connects to the service manager; nil if there is none.
    init?() throws(SystemError) {
        guard let address = ServiceManager.variable("NOTIFY_SOCKET") else { return nil }
        socket = try DatagramSocket(to: address)
        let isMeant = ServiceManager.variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        watchdog = isMeant ? ServiceManager.variable("WATCHDOG_USEC").flatMap { UInt64($0) }.map { $0 * 1000 } : nil
    }

    /// Every tap that can be open is open. Also sent after each reload, whatever its result.
    func ready() { send("READY=1") }
    /// The time distinguishes this reload from others (systemd 253).
    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic() / 1000)") }
    func stopping() { send("STOPPING=1") }
    /// Sets the status for `systemctl status`: one sentence.
    func status(_ sentence: String) { send("STATUS=\(sentence)") }
    func alive() { if watchdog != nil { send("WATCHDOG=1") } }

    /// Ignores failures: if the service manager is gone, there is nothing to do.
    private func send(_ words: String) { try? socket.send(Array(words.utf8)) }

    private static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
