import Capture
import Linux

/// The running taps by number.
struct Taps {
    private var running: [Int: RunningTap] = [:]

    subscript(number: Int) -> RunningTap? { running[number] }
    var all: Dictionary<Int, RunningTap>.Values { running.values }
    var isEmpty: Bool { running.isEmpty }
    var count: Int { running.count }

    /// Number of writer threads, one per capture of a tap.
    var writers: Int { all.reduce(0) { $0 + $1.rule.captures.count } }

    /// The threads of all taps, with their current steps.
    var threads: [HangDetector.Thread] {
        all.flatMap { tap in
            tap.steps.map { HangDetector.Thread(tap: tap.index, name: $0.thread, step: $0.step) }
        }
    }

    /// The taps that are not stopping.
    var open: [RunningTap] { running.values.filter { !$0.isStopping } }

    /// The taps of an interface that are not stopping, by interface index.
    func open(on index: Int32) -> [RunningTap] { open.filter { $0.rule.interface.index == index } }

    /// An interface as its open taps know it.
    func interface(_ index: Int32) -> Interface? { open(on: index).first?.rule.interface }

    mutating func add(_ started: consuming StartedTap) -> RunningTap {
        let tap = RunningTap(started)
        running[tap.index] = tap
        return tap
    }

    mutating func remove(_ number: Int) -> RunningTap? { running.removeValue(forKey: number) }
}
