import Synchronization

/// Reports when the last thread of a tap is about to end.
final class TapEnding: Sendable {
    let index: Int
    private let threads = Atomic(0)
    private let report: CaptureReport

    init(_ index: Int, report: @escaping CaptureReport) { (self.index, self.report) = (index, report) }

    func threadBegins() { threads.add(1, ordering: .relaxed) }

    func threadEnds() {
        if threads.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { report(.ended(tap: index)) }
    }
}
