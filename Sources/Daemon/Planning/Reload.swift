import BPF
import BasicContainers
import Capture
import Linux
import Rules
import Settings

/// A prepared reload: everything is planned, opened and prepared on its own thread, then the supervisor applies it.
/// After one failure the running configuration stays (I13).
///
/// On each interface the open taps are matched with the wanted ones. A tap that stays gets its new filter in the
/// kernel atomically, and serves its new captures from the time on at which its drain thread takes the command (I14).
struct Reload: ~Copyable, Sendable {
    let settings: Settings
    let retentions: SegmentCatalogs
    /// The changeovers of taps that stay.
    var changeovers = UniqueArray<TapChangeover>()
    /// Taps that end, by number.
    private(set) var ending: [Int] = []
    /// New taps.
    var outcome = TapOpener.Outcome()
    private(set) var unheard = UnheardWriters()
    /// Why the reload is impossible, as a message.
    private(set) var refusal: String?

    /// Plans, opens and prepares the reload.
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

/// The taps that change, end and begin.
struct ReloadPlan {
    /// Taps that stay with another rule, by number.
    private(set) var changes: [(tap: Int, next: TapRule)] = []
    /// Taps that end, by number.
    private(set) var ending: [Int] = []
    /// Taps to open.
    private(set) var beginning: [TapRule] = []
    /// Messages about interfaces that need several taps.
    private(set) var notices: [String] = []

    /// Matches the open taps with those that `rules` returns for each interface. Throws the first failure.
    init(
        _ taps: [(index: Int, rule: TapRule)], interfaces: [Interface],
        rules: (Interface) throws -> (rules: [TapRule], refused: [TapPlanner.RejectedCapture])
    ) throws {
        var open = Dictionary(grouping: taps) { $0.rule.interface.index }
        // The taps of an interface that is down continue when it is up again.
        for interface in interfaces where interface.isUp || open[interface.index] != nil {
            guard interface.linkType != nil else { continue }
            let (rules, refused) = try rules(interface)
            if let first = refused.first { throw FilterError("capture \(first.capture): \(first.reason)") }
            if let notice = LogMessages.taps(rules) { notices.append(notice) }
            var running = (open.removeValue(forKey: interface.index) ?? []).sorted { $0.index < $1.index }
            for rule in rules {
                // The workers of an interface share its packets, so either all of them stay or none does.
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
        // The remaining taps are on removed interfaces; the removal ends them.
    }
}

extension TapRule {
    /// Whether an open tap can continue with this rule: its ring and its threads cannot change.
    fileprivate func canBecome(_ other: TapRule) -> Bool {
        interface.isStill(other.interface) && ring == other.ring && worker == other.worker
            && processors == other.processors
    }

    /// Whether it serves exactly these captures, in any order.
    fileprivate func serves(_ others: [CapturePlan]) -> Bool {
        captures.count == others.count && others.allSatisfy { captures.contains($0) }
    }
}
