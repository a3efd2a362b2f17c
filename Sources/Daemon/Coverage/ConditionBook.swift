import Control
import Ledger

/// When captures were not captured, for whatever reason but a counted loss: what the state of taps and interfaces says, and what
/// the ledgers of the run before do.
struct ConditionBook {
    private struct Account {
        /// By the interface, or by what the capture wants, where no interface is there.
        var open: [String: Gap] = [:]
        /// Interfaces, of those that are there, on which it has been captured.
        var covered: Set<String> = []
        var wasCovered = false
        /// Interfaces on which it is suspended, and by how many writers.
        var suspended: [String: (gap: Gap, writers: Int)] = [:]
        /// Since when it is known what it does.
        var ready: Moment?
        /// How the run before ended, until that has been dealt with.
        var before: LedgerHistory?
        /// When the last packet came that the run before has left in an unfinished segment.
        var repaired: Moment?
    }

    private let names: EpisodeNames
    private var accounts: [String: Account] = [:]

    init(_ names: EpisodeNames) { self.names = names }

    /// The open episodes of a capture.
    func open(of capture: String) -> [Gap] {
        guard let account = accounts[capture] else { return [] }
        return account.open.values.sorted { $0.from < $1.from } + account.suspended.values.map(\.gap)
    }

    // What the state says

    /// Takes over how the captures are at `now`.
    mutating func observe(_ views: [CaptureView], at now: Moment) -> [CoverageEffect] {
        views.flatMap { observe($0, at: now) }
    }

    private mutating func observe(_ view: CaptureView, at now: Moment) -> [CoverageEffect] {
        var account = accounts[view.capture] ?? Account()
        for (interface, place) in view.places where place == .covered { account.covered.insert(interface) }
        if view.isPattern { account.covered.formIntersection(view.places.keys) }
        if view.places.values.contains(.covered) { account.wasCovered = true }
        let wanted = ConditionBook.causes(view, account)
        var effects: [CoverageEffect] = []
        for (interface, gap) in account.open where wanted[interface] != gap.cause {
            account.open[interface] = nil
            effects += end(gap, view.capture, at: now)
        }
        for (interface, cause) in wanted.sorted(by: { $0.key < $1.key }) where account.open[interface] == nil {
            let gap = begin(cause, interface: interface, at: now)
            account.open[interface] = gap
            effects += CoverageEffect.both(gap, [view.capture])
        }
        if account.ready == nil, !view.places.values.contains(.opening) || account.wasCovered { account.ready = now }
        accounts[view.capture] = account
        return effects + deal(withRunBefore: view.capture)
    }

    /// Why it is not captured, by interface, or by what it wants.
    private static func causes(_ view: CaptureView, _ account: Account) -> [String: GapCause] {
        var causes: [String: GapCause] = [:]
        for (interface, place) in view.places {
            switch place {
            case .covered: break
            case .refused: causes[interface] = .refused
            case .opening:
                // What goes on until it is known; where it was captured a moment ago, its tap is gone.
                if let gap = account.open[interface] {
                    causes[interface] = gap.cause
                } else if account.covered.contains(interface) {
                    causes[interface] = .interfaceGone
                }
            case .down:
                if account.covered.contains(interface) {
                    causes[interface] = .interfaceGone
                } else if !view.isPattern {
                    causes[interface] = .waiting
                }
            }
        }
        let isSomewhere = view.places.values.contains { $0 != .down } || !causes.isEmpty
        if !isSomewhere { causes[view.wanted] = account.wasCovered ? .interfaceGone : .waiting }
        return causes
    }

    private func begin(_ cause: GapCause, interface: String?, at now: Moment) -> Gap {
        Gap(episode: names.next(), cause: cause, scope: .capture, interface: interface, from: now, open: true)
    }

    private func end(_ gap: Gap, _ capture: String, at now: Moment) -> [CoverageEffect] {
        CoverageEffect.both(gap.ended(at: now), [capture])
    }

    // What happens to a capture

    /// The disk refuses what a writer of the capture has.
    mutating func suspended(_ capture: String, on interface: String, at now: Moment) -> [CoverageEffect] {
        if let known = accounts[capture]?.suspended[interface] {
            accounts[capture]?.suspended[interface] = (known.gap, known.writers + 1)
            return []
        }
        let gap = begin(.suspended, interface: interface, at: now)
        accounts[capture, default: Account()].suspended[interface] = (gap, 1)
        return CoverageEffect.both(gap, [capture])
    }

    /// The disk takes packets again, or the writer has ended.
    mutating func resumed(_ capture: String, on interface: String, at now: Moment) -> [CoverageEffect] {
        guard let known = accounts[capture]?.suspended[interface] else { return [] }
        guard known.writers == 1 else {
            accounts[capture]?.suspended[interface] = (known.gap, known.writers - 1)
            return []
        }
        accounts[capture]?.suspended[interface] = nil
        return end(known.gap, capture, at: now)
    }

    /// A reload has moved the capture to another tap between two times.
    func moved(_ capture: String, on interface: String, from: Moment, to: Moment) -> [CoverageEffect] {
        var gap = begin(.reload, interface: interface, at: from)
        (gap.to, gap.open) = (to, false)
        return CoverageEffect.both(gap, [capture])
    }

    /// The clock has been set from one time to another.
    func clockStepped(from: Moment, to: Moment, captures: [String]) -> [CoverageEffect] {
        var gap = begin(.clockStep, interface: nil, at: from)
        (gap.to, gap.open) = (to, false)
        return CoverageEffect.both(gap, captures)
    }

    /// A reload has taken the captures out of the configuration.
    mutating func left(_ captures: some Sequence<String>, at now: Moment) -> [CoverageEffect] {
        captures.flatMap { conclude($0, because: .reload, at: now) }
    }

    /// The daemon ends; since `now` it captures nothing.
    mutating func stopped(at now: Moment) -> [CoverageEffect] {
        // What was not captured at all since the run before is still an interval of that one.
        accounts.filter { $0.value.ready != nil }.keys.sorted().flatMap { conclude($0, because: .stopped, at: now) }
    }

    private mutating func conclude(_ capture: String, because cause: GapCause, at now: Moment) -> [CoverageEffect] {
        // What is open ends with the account, not because it is over: no line for the journal.
        let ending = open(of: capture).map { gap in
            CoverageEffect.write(LedgerLine(gap.ended(at: now), .end), captures: [capture])
        }
        accounts[capture] = nil
        return ending + CoverageEffect.both(begin(cause, interface: nil, at: now), [capture])
    }

    // The run before

    /// The ledger of a capture has been read. `repaired` is when the last packet came that was found in an unfinished segment.
    mutating func opened(_ capture: String, _ before: LedgerHistory, repaired: Moment?) -> [CoverageEffect] {
        accounts[capture, default: Account()].before = before
        accounts[capture]?.repaired = repaired
        return deal(withRunBefore: capture)
    }

    /// Ends what the run before has left open, and says how long nothing was captured.
    private mutating func deal(withRunBefore capture: String) -> [CoverageEffect] {
        guard let before = accounts[capture]?.before, let ready = accounts[capture]?.ready else { return [] }
        accounts[capture]?.before = nil
        guard let last = before.last else { return [] }
        let absences = before.open.filter { $0.cause == .stopped || $0.cause == .reload }
        let crash = absences.isEmpty ? max(last, accounts[capture]?.repaired ?? last) : nil
        var effects: [CoverageEffect] = []
        for gap in before.open {
            var ended = gap.ended(at: ready)
            if gap.cause == .stopped {
                ended.cause = .restart
            } else if gap.cause != .reload {
                // Nobody has seen its end; how many packets it cost is not known.
                (ended.to, ended.packets) = (gap.to ?? last, nil)
            }
            effects += CoverageEffect.both(ended, [capture])
        }
        if let crash {
            var gap = begin(.crash, interface: nil, at: min(crash, ready))
            (gap.to, gap.open) = (ready, false)
            effects += CoverageEffect.both(gap, [capture])
        }
        return effects
    }
}

extension Gap {
    /// As it is when it has ended at `now`.
    fileprivate func ended(at now: Moment) -> Gap {
        var gap = self
        (gap.to, gap.open) = (now, false)
        return gap
    }
}
