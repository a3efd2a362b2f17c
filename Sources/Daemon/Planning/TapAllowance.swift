import Capture
import Linux
import Rules

/// The resources that a new tap must leave for the running ones: the descriptors of their next segments, the
/// connections of clients, and some memory. A tap for which too little remains is not opened, and retried later.
enum TapAllowance {
    /// Descriptors of a tap besides its captures: its socket, its timer, its commands.
    private static let tapDescriptors = 3
    /// Descriptors of a writer: its directory, and its file twice.
    private static let writerDescriptors = 3
    /// Descriptors of the control plane: listening again, reading a configuration, watching directories.
    private static let spareDescriptors = 8
    /// Bytes of a thread's stack and of spare memory, as far as a control group counts them: the used part.
    private static let (usedStack, usedMemory) = (128 << 10, 8 << 20)

    /// Throws unless the taps of `rule` can be opened beside `writers` others and leave enough.
    static func check(_ rule: TapRule, beside writers: Int) throws(TapError) {
        try check(taps: rule.workers.count, rule.captures, on: rule.interface, beside: writers)
    }

    /// Throws unless `taps` new taps (0: a running one) can serve `captures` on `interface` beside `writers` others
    /// and leave enough.
    static func check(
        taps: Int = 0, _ captures: [CapturePlan], on interface: Interface, beside writers: Int
    ) throws(TapError) {
        let workers = max(taps, 1)
        let segments = (writers + workers * captures.count) * writerDescriptors
        let connections = ClientLimits.connections * ClientLimits.sockets
        let buffers = captures.reduce(0) { $0 + $1.rule.buffers.size * $1.rule.buffers.count }
        let threads = taps + workers * captures.count
        // Running captures may not have filled their buffers yet. All captures have buffers of one size.
        let others = writers * (captures.first.map { $0.rule.buffers.size * $0.rule.buffers.count + usedStack } ?? 0)
        let purpose = "a tap on \(interface.name)"
        do throws(SystemError) {
            try Headroom.checkDescriptors(
                taps * tapDescriptors + segments + connections + spareDescriptors, for: purpose)
            try Headroom.checkMemory(
                threads * TapRule.threadStack + workers * buffers + TapRule.spareMemory,
                total: others + threads * usedStack + workers * buffers + usedMemory, for: purpose)
        } catch {
            throw .system(error)
        }
    }
}
