import BPF
import BasicContainers
import Capture
import Linux
import Settings
import Synchronization

/// Plans and opens taps, on a thread of its own: to compile filters, to merge them and to make rings takes from milliseconds to
/// seconds, for which the supervisor's loop must not wait.
struct TapOpener: Sendable {
    let settings: Settings
    let retentions: SegmentCatalogs
    let compilers: FilterCompilers
    let numbers: TapNumbers
    /// Threads that write already.
    let writers: Int
    let report: CaptureReport

    /// The taps of one rule, one for each worker: all of them, or none.
    struct Opened: ~Copyable, Sendable {
        let rule: TapRule
        var taps: UniqueArray<StartedTap>
    }

    /// What came of opening taps. All that was started is in it, so that the loop owns it, and no other thread has to wait for
    /// its end.
    struct Outcome: ~Copyable, Sendable {
        var opened = UniqueArray<Opened>()
        /// Started, and not to be used.
        var dismissed = UniqueArray<StartedTap>()
        var refused: [(capture: String, reason: String)] = []
        /// Where an interface needs more than one tap, which one serves what: sentences.
        var notices: [String] = []
        /// The first that failed.
        var failure: TapError?
        /// Threads that write among what is opened.
        var writers = 0
    }

    /// Opens taps on `interface` for the captures that want it, without those that are named.
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
        // One that is gone again, or down, is no failure: it will be said, and waited for.
        if outcome.failure != nil, (try? interface.isStillUp()) == false { outcome.failure = nil }
        return outcome
    }

    /// Opens the taps of a rule.
    func open(_ rule: TapRule, into outcome: inout Outcome) {
        var taps = UniqueArray<StartedTap>()
        do throws(TapError) {
            try TapAllowance.check(rule, beside: writers + outcome.writers)
            for worker in rule.workers {
                let tap = try Tap(worker, retentions: retentions)
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

/// Gives each tap its number.
final class TapNumbers: Sendable {
    private let last = Atomic(0)

    func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}
