import Capture
import Linux

/// The taps whose threads run, by their number.
struct Taps {
    private var running: [Int: RunningTap] = [:]

    subscript(number: Int) -> RunningTap? { running[number] }
    var all: Dictionary<Int, RunningTap>.Values { running.values }
    var isEmpty: Bool { running.isEmpty }
    var count: Int { running.count }

    /// The threads that write, one for each capture of a tap.
    var writers: Int { all.reduce(0) { $0 + $1.rule.captures.count } }

    /// Those that are not about to end.
    var open: [RunningTap] { running.values.filter { !$0.isStopping } }

    /// Those of an interface, by its index, that are not about to end.
    func open(on index: Int32) -> [RunningTap] { open.filter { $0.rule.interface.index == index } }

    /// An interface as the taps that are open on it know it.
    func interface(_ index: Int32) -> Interface? { open(on: index).first?.rule.interface }

    mutating func add(_ started: consuming StartedTap) -> RunningTap {
        let tap = RunningTap(started)
        running[tap.index] = tap
        return tap
    }

    mutating func remove(_ number: Int) -> RunningTap? { running.removeValue(forKey: number) }
}
