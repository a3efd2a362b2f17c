import Linux

/// A thread for one piece of work that may take long or hang. The work reports its own result; nothing joins the
/// thread, and the process can exit without it.
enum BackgroundThread {
    static func run(_ name: String, _ work: @escaping @Sendable () -> Void) throws(SystemError) {
        try DedicatedThread(name, state: ()) { _ in work() }.detach()
    }
}
