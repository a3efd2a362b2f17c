import Capture
import Linux

/// What works on disks for the daemon, besides the writers of its captures.
struct Disks: Sendable {
    let helper: DiskHelper
    let queues: DiskQueues
    let expiry: ExpiryWatch
    var adopter: Adopter { Adopter(helper: helper) }

    /// Starts the helper process, with the rights and in the sandbox of this thread. Removals are reported.
    init(report: @escaping CaptureReport) throws(SystemError) {
        helper = try DiskHelper()
        queues = DiskQueues()
        expiry = ExpiryWatch(queues: queues, remover: helper.remover, report: report)
    }
}
