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
    /// none, and the C library takes 128 MiB of address space at once for a thread's first allocations.
    private static let (stack, spareMemory) = (8 << 20, 192 << 20)

    /// Throws unless the taps of `rule` can be opened beside `writers` others and leave what is needed.
    static func check(_ rule: TapRule, beside writers: Int) throws(TapError) {
        let (workers, captures) = (rule.workers.count, rule.captures.count)
        let own = workers * tapDescriptors
        let segments = (writers + workers * captures) * writerDescriptors
        let connections = Limits.connections * Limits.sockets
        let buffers = rule.captures.reduce(0) { $0 + $1.rule.buffers.size * $1.rule.buffers.count + stack }
        let purpose = "a tap on \(rule.interface.name)"
        do throws(SystemError) {
            try Headroom.checkDescriptors(own + segments + connections + spareDescriptors, for: purpose)
            try Headroom.checkMemory(workers * (stack + buffers) + spareMemory, for: purpose)
        } catch {
            throw .system(error)
        }
    }
}
