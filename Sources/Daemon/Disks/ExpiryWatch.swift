import Capture
import Linux
import Synchronization

/// Removes what becomes too old, or is no longer to stay, of captures that no tap serves, such as those whose interface is
/// gone. Writers see to all others.
///
/// Each directory has its time, and waits for its own disk only: the work is done on the queue of that disk, the removal itself by
/// the helper process.
final class ExpiryWatch: Sendable {
    private let queues: DiskQueues
    private let remover: SegmentRemover
    private let report: CaptureReport
    private let state = Mutex(State())

    private struct State {
        var watched: [SegmentCatalog] = []
        /// Those whose disk is at it.
        var busy: Set<ObjectIdentifier> = []
        var timer: Task<Void, Never>?
    }

    init(queues: DiskQueues, remover: SegmentRemover, report: @escaping CaptureReport) {
        (self.queues, self.remover, self.report) = (queues, remover, report)
    }

    /// Watches these from now on, and no others. Any thread; returns at once.
    func watch(_ retentions: [SegmentCatalog]) {
        state.withLock { $0.watched = retentions }
        schedule()
    }

    /// Sets the timer to when the first of them has something to do.
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
