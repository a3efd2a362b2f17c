import BPF
import BasicContainers
import Capture
import Linux
import Rules
import Settings
import Synchronization

/// Plans and opens taps, on its own thread: compiling and merging filters and creating rings takes milliseconds to
/// seconds, for which the control loop must not wait (I12).
struct TapOpener: Sendable {
    let settings: Settings
    let retentions: SegmentCatalogs
    let compilers: FilterCompilers
    let numbers: TapNumbers
    /// Number of existing writer threads.
    let writers: Int
    let effects: Effects
    let report: CaptureReport

    /// The taps of one rule, one per worker: all of them, or none.
    struct Opened: ~Copyable, Sendable {
        let rule: TapRule
        var taps: UniqueArray<StartedTap>
    }

    /// The result of opening taps. It contains everything that was started, so the control loop owns it and no other
    /// thread joins it.
    struct Outcome: ~Copyable, Sendable {
        var opened = UniqueArray<Opened>()
        /// Taps that were started and are not needed.
        var dismissed = UniqueArray<StartedTap>()
        var refused: [(capture: String, reason: String)] = []
        /// Messages about interfaces that need several taps.
        var notices: [String] = []
        /// The first failure.
        var failure: TapError?
        /// Number of writer threads in what was opened.
        var writers = 0
    }

    /// Opens taps on `interface` for the captures that want it, except `captures`.
    func open(on interface: Interface, without captures: Set<String>) -> Outcome {
        var outcome = Outcome()
        do throws(TapError) {
            let planner = TapPlanner(settings: settings, interface: interface, compilers: compilers)
            let (rules, refused) = try planner.rules(without: captures.union(retentions.awaited))
            outcome.refused = refused.map { ($0.capture, "\($0.reason)") }
            if let notice = LogMessages.taps(rules) { outcome.notices.append(notice) }
            for rule in rules { open(rule, into: &outcome) }
        } catch {
            outcome.failure = error
        }
        // If the interface is gone or down by now, that is no failure: the link watcher reports it, and the capture
        // waits.
        if outcome.failure != nil, effects.isStillUp(interface) == false { outcome.failure = nil }
        return outcome
    }

    /// Opens the taps of a rule.
    func open(_ rule: TapRule, into outcome: inout Outcome) {
        var taps = UniqueArray<StartedTap>()
        do throws(TapError) {
            try TapAllowance.check(rule, beside: writers + outcome.writers)
            for worker in rule.workers {
                let tap = try Tap(worker, retentions: retentions, sockets: effects.sockets)
                do throws(SystemError) {
                    taps.append(try tap.start(numbers.next(), report: report))
                } catch {
                    throw .system(error)
                }
            }
            outcome.writers += rule.workers.count * rule.captures.count
            outcome.opened.append(Opened(rule: rule, taps: taps))
        } catch {
            while let tap = taps.popLast() { outcome.dismissed.append(tap) }
            outcome.failure = outcome.failure ?? error
        }
    }
}

/// Assigns a number to each tap.
final class TapNumbers: Sendable {
    private let last = Atomic(0)

    func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}
