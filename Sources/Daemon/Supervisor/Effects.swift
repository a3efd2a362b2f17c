import Capture
import Linux
import Settings

/// What the supervisor and its threads do outside their values: start threads, measure time, open sockets, ask the
/// kernel for interfaces. The daemon uses `live`. Tests use other effects, to drive the supervisor event by event,
/// without root.
struct Effects: Sendable {
    /// Runs work that may take long or hang on a thread of its own, with this name.
    var run: @Sendable (_ name: String, _ work: @escaping @Sendable () -> Void) throws(SystemError) -> Void
    /// Sends an event after so many seconds.
    var send: @Sendable (DaemonEvent, _ seconds: Int) -> Void
    var sockets: TapSockets
    /// The interfaces that exist.
    var interfaces: @Sendable () throws(SystemError) -> [Interface]
    /// Whether an interface exists and is up; nil if the kernel does not answer.
    var isStillUp: @Sendable (Interface) -> Bool?

    /// Threads, time and the kernel. Events go to `tell`.
    static func live(tell: @escaping @Sendable (DaemonEvent) -> Void) -> Effects {
        Effects(
            run: { (name, work) throws(SystemError) in try BackgroundThread.run(name, work) },
            send: { event, seconds in
                Task {
                    try? await Task.sleep(for: .seconds(seconds))
                    tell(event)
                }
            },
            sockets: .kernel, interfaces: { () throws(SystemError) in try Interface.all() },
            isStillUp: { try? $0.isStillUp() })
    }
}
