import Capture
import Linux
import Synchronization

/// Retention for captures without a tap, such as those whose interface is missing. Writers do it for all others.
///
/// Each directory has its own deadline and waits only for its own disk (I15): the work runs on the queue of that
/// disk, and the disk helper removes the files.
final class ExpiryWatch: Sendable {
    private let queues: DiskQueues
    private let remover: SegmentRemover
    private let report: CaptureReport
    private let state = Mutex(State())

    private struct State {
        var watched: [SegmentCatalog] = []
        /// Catalogs with a running job.
        var busy: Set<ObjectIdentifier> = []
        var timer: Task<Void, Never>?
    }

    init(queues: DiskQueues, remover: SegmentRemover, report: @escaping CaptureReport) {
        (self.queues, self.remover, self.report) = (queues, remover, report)
    }

    /// Replaces the set of watched catalogs. Any thread may call it; it does not wait.
    func watch(_ retentions: [SegmentCatalog]) {
        state.withLock { $0.watched = retentions }
        schedule()
    }

    /// Sets the timer to the earliest deadline.
    private func schedule() {
        state.withLock { state in
            state.timer?.cancel()
            let next = state.watched.filter { !state.busy.contains(ObjectIdentifier($0)) }.compactMap { $0.delay() }
                .min()
            state.timer = next.map { delay in
                Task { [self] in
                    do { try await Task.sleep(for: .nanoseconds(delay)) } catch { return }
                    begin()
                }
            }
        }
    }

    private func begin() {
        let due = state.withLock { state in
            let due = state.watched.filter { !state.busy.contains(ObjectIdentifier($0)) && $0.delay() == 0 }
            state.busy.formUnion(due.map { ObjectIdentifier($0) })
            return due
        }
        for retention in due {
            do throws(SystemError) {
                try queues.add("remove expired segments", in: retention.path, on: retention.device) { [self] in
                    retention.prune(by: remover)
                    finish(retention)
                }
            } catch {
                report(.retentionFailed(capture: retention.capture, error))
                Task { [self] in
                    try? await Task.sleep(for: .seconds(60))
                    finish(retention)
                }
            }
        }
        schedule()
    }

    private func finish(_ retention: SegmentCatalog) {
        state.withLock { _ = $0.busy.remove(ObjectIdentifier(retention)) }
        schedule()
    }
}
