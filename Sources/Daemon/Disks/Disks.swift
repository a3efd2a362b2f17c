import Capture
import Linux

/// The daemon's disk work outside the writers.
struct Disks: Sendable {
    let helper: DiskHelper
    let queues: DiskQueues
    let expiry: ExpiryWatch
    var adopter: Adopter { Adopter(helper: helper) }

    /// Starts the helper process, a run of `program`, with the rights and the sandbox of the calling thread. Removals
    /// are reported.
    init(program: String = "/proc/self/exe", report: @escaping CaptureReport) throws(SystemError) {
        helper = try DiskHelper(program: program)
        queues = DiskQueues()
        expiry = ExpiryWatch(queues: queues, remover: helper.remover, report: report)
    }
}
