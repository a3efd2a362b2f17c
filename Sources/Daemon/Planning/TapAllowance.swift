import Capture
import Linux

/// What a new tap leaves to those that run: the descriptors of their next segments, the connections of clients, some memory. A tap
/// for which too little is left is not opened, and tried again later.
enum TapAllowance {
    /// Descriptors of a tap beside its captures: its socket, its timer, its orders.
    private static let tapDescriptors = 3
    /// A writer's: its folder, and its file twice.
    private static let writerDescriptors = 3
    /// The control plane's own: listening again, reading a configuration, watching folders.
    private static let spareDescriptors = 8
    /// Bytes of a thread's stack, and of memory that is left for what clients ask: the runtime ends the process where it gets
    /// none.
    private static let (stack, spareMemory) = (8 << 20, 32 << 20)

    /// Throws unless the taps of `rule` can be opened beside `writers` others and leave what is needed.
    static func check(_ rule: TapRule, beside writers: Int) throws(TapError) {
        try check(taps: rule.workers.count, rule.captures, on: rule.interface, beside: writers)
    }

    /// Throws unless `taps` more taps, or one that runs, can serve `captures` on `interface` beside `writers` others and leave what
    /// is needed.
    static func check(
        taps: Int = 0, _ captures: [CapturePlan], on interface: Interface, beside writers: Int
    ) throws(TapError) {
        let workers = max(taps, 1)
        let segments = (writers + workers * captures.count) * writerDescriptors
        let connections = Limits.connections * Limits.sockets
        let buffers = captures.reduce(0) { $0 + $1.rule.buffers.size * $1.rule.buffers.count + stack }
        let purpose = "a tap on \(interface.name)"
        do throws(SystemError) {
            try Headroom.checkDescriptors(
                taps * tapDescriptors + segments + connections + spareDescriptors, for: purpose)
            try Headroom.checkMemory(taps * stack + workers * buffers + spareMemory, for: purpose)
        } catch {
            throw .system(error)
        }
    }
}
