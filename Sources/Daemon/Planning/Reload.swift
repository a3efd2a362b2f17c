import BPF
import BasicContainers
import Capture
import Linux
import Settings

/// How the running set becomes another one: everything is planned, opened and prepared on a thread of its own, then the
/// supervisor puts it in force; one failure, and the running set stays.
///
/// On each interface the taps that are open are matched with those that are wanted now. A tap that goes on gets its new
/// filter in the kernel at once, in place of the old one, and serves its new captures from the next ring block on.
struct Reload: ~Copyable, Sendable {
    let settings: Settings
    let retentions: SegmentCatalogs
    /// What taps that go on become.
    var changeovers = UniqueArray<TapChangeover>()
    /// Taps that are no longer wanted, by number.
    private(set) var ending: [Int] = []
    /// Taps that are new.
    var outcome = TapOpener.Outcome()
    private(set) var unheard = UnheardWriters()
    /// Why it cannot be done: a sentence.
    private(set) var refusal: String?

    /// Works out what has to change, opens and prepares it.
    init(opening opener: TapOpener, taps: [TapState], interfaces: [Interface]) {
        (settings, retentions) = (opener.settings, opener.retentions)
        do {
            let plan = try ReloadPlan(taps.map { ($0.index, $0.rule) }, interfaces: interfaces) { interface in
                try TapPlanner(settings: opener.settings, interface: interface, compilers: opener.compilers)
                    .rules(without: opener.retentions.awaited)
            }
            (ending, outcome.notices) = (plan.ending, plan.notices)
            for rule in plan.beginning { opener.open(rule, into: &outcome) }
            if let failure = outcome.failure { throw failure }
            let states = Dictionary(uniqueKeysWithValues: taps.map { ($0.index, $0) })
            for (index, next) in plan.changes {
                guard let state = states[index] else { continue }
                let served = Dictionary(
                    uniqueKeysWithValues: state.rule.captures.map { ($0.rule.name, $0.rule.buffers) })
                let added = next.captures.filter { served[$0.rule.name] != $0.rule.buffers }
                try TapAllowance.check(added, on: next.interface, beside: opener.writers + outcome.writers)
                outcome.writers += added.count
                changeovers.append(
                    try TapChangeover(of: state, to: next, retentions: retentions, unheard: &unheard))
            }
        } catch {
            refusal = "\(error)"
        }
    }
}

/// Which taps change, end and begin.
struct ReloadPlan {
    /// Taps, by number, that go on with another rule.
    private(set) var changes: [(tap: Int, next: TapRule)] = []
    /// Taps, by number, that are no longer wanted.
    private(set) var ending: [Int] = []
    /// Taps that are to be opened.
    private(set) var beginning: [TapRule] = []
    /// Interfaces that one tap cannot serve: sentences.
    private(set) var notices: [String] = []

    /// Matches the taps that are open with those that `rules` wants on each interface. Throws what cannot be.
    init(
        _ taps: [(index: Int, rule: TapRule)], interfaces: [Interface],
        rules: (Interface) throws -> (rules: [TapRule], refused: [TapPlanner.RejectedCapture])
    ) throws {
        var open = Dictionary(grouping: taps) { $0.rule.interface.index }
        // What is open on an interface that is down goes on when that is up again.
        for interface in interfaces where interface.isUp || open[interface.index] != nil {
            guard interface.linkType != nil else { continue }
            let (rules, refused) = try rules(interface)
            if let first = refused.first { throw FilterError("capture \(first.capture): \(first.reason)") }
            if let notice = LogMessages.taps(rules) { notices.append(notice) }
            var running = (open.removeValue(forKey: interface.index) ?? []).sorted { $0.index < $1.index }
            for rule in rules {
                // The workers of an interface share its packets: all of them go on, or none.
                let workers = rule.workers.compactMap { worker in
                    running.firstIndex { $0.rule.canBecome(worker) }.map { (running.remove(at: $0), worker) }
                }
                guard workers.count == rule.ring.workers else {
                    ending += workers.map(\.0.index)
                    if interface.isUp { beginning.append(rule) }
                    continue
                }
                for (tap, next) in workers where !tap.rule.serves(next.captures) { changes.append((tap.index, next)) }
            }
            ending += running.map(\.index)
        }
        // What is left is on interfaces that are gone: their removal ends it.
    }
}

extension TapRule {
    /// Whether an open tap can go on by this rule: a ring and threads stay as they were made.
    fileprivate func canBecome(_ other: TapRule) -> Bool {
        interface.isStill(other.interface) && ring == other.ring && worker == other.worker
            && processors == other.processors
    }

    /// Whether it serves exactly these captures, in whatever order.
    fileprivate func serves(_ others: [CapturePlan]) -> Bool {
        captures.count == others.count && others.allSatisfy { captures.contains($0) }
    }
}
