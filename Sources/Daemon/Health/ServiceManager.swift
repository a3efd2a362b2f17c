import Glibc
import Linux

/// Who started the daemon and wants to know how it is: systemd, or another that speaks its protocol, a few words in a
/// datagram. See sd_notify(3), which advises to speak it oneself.
final class ServiceManager: Sendable {
    private let socket: DatagramSocket
    /// How long it waits for a sign of life before it starts the daemon anew, in nanoseconds; nil: for ever.
    let watchdog: UInt64?

    /// Nil when nobody wants to know.
    init?() throws(SystemError) {
        guard let address = ServiceManager.variable("NOTIFY_SOCKET") else { return nil }
        socket = try DatagramSocket(to: address)
        let isMeant = ServiceManager.variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        watchdog = isMeant ? ServiceManager.variable("WATCHDOG_USEC").flatMap { UInt64($0) }.map { $0 * 1000 } : nil
    }

    /// Every tap that can be open is open; also after a reload, whatever came of it.
    func ready() { send("READY=1") }
    /// The time is how it tells this reload from another one (systemd 253).
    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic() / 1000)") }
    func stopping() { send("STOPPING=1") }
    /// How it is, as `systemctl status` shows it: one sentence.
    func status(_ sentence: String) { send("STATUS=\(sentence)") }
    func alive() { if watchdog != nil { send("WATCHDOG=1") } }

    /// It may be gone; nothing can be done about it.
    private func send(_ words: String) { try? socket.send(Array(words.utf8)) }

    private static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
