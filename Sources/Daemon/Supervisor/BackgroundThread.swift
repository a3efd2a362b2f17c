import Linux

/// A thread for one piece of work that may take long, or for ever. It tells its result itself; nothing waits for its end, and
/// the process leaves without it.
enum BackgroundThread {
    static func run(_ name: String, _ work: @escaping @Sendable () -> Void) throws(SystemError) {
        try DedicatedThread(name, state: ()) { _ in work() }.detach()
    }
}
