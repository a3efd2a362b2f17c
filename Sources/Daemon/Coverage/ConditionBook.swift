import Control
import Ledger
import Linux

/// The gaps of captures that have no count: derived from the state of taps and interfaces, and from the ledgers of the
/// previous run.
struct ConditionBook {
    private struct Account {
        /// Open gaps by interface, or by the configured name if there is no interface.
        var open: [String: Gap] = [:]
        /// Existing interfaces on which the capture has run.
        var covered: Set<String> = []
        var wasCovered = false
        /// Interfaces on which the capture is suspended, and the number of suspended writers.
        var suspended: [String: (gap: Gap, writers: Int)] = [:]
        /// Since when the state of the capture is known.
        var ready: Timestamp?
        /// How the previous run ended, until its open gaps are closed.
        var before: LedgerHistory?
        /// Timestamp of the last packet that the previous run left in an open segment.
        var repaired: Timestamp?
    }

    private let names: EpisodeNames
    private var accounts: [String: Account] = [:]

    init(_ names: EpisodeNames) { self.names = names }

    /// The open episodes of a capture.
    func open(of capture: String) -> [Gap] {
        guard let account = accounts[capture] else { return [] }
        return account.open.values.sorted { $0.from < $1.from } + account.suspended.values.map(\.gap)
    }

    // Gaps that follow from state

    /// Compares the state of the captures at `now` with the previous state.
    mutating func observe(_ views: [CaptureView], at now: Timestamp) -> [CoverageEffect] {
        views.flatMap { observe($0, at: now) }
    }

    private mutating func observe(_ view: CaptureView, at now: Timestamp) -> [CoverageEffect] {
        var account = accounts[view.capture] ?? Account()
        for (interface, place) in view.places where place == .covered { account.covered.insert(interface) }
        if view.isPattern { account.covered.formIntersection(view.named.union(view.places.keys)) }
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

    /// Why the capture does not run, by interface, or by its configured name.
    private static func causes(_ view: CaptureView, _ account: Account) -> [String: GapCause] {
        var causes: [String: GapCause] = [:]
        for (interface, place) in view.places {
            switch place {
            case .covered: break
            case .refused: causes[interface] = .refused
            case .opening:
                // The open gap continues until the result is known. Without one, an interface that was covered has
                // lost its tap.
                if let gap = account.open[interface] {
                    causes[interface] = gap.cause
                } else if account.covered.contains(interface) {
                    causes[interface] = .interfaceGone
                }
            case .down:
                if account.covered.contains(interface) {
                    causes[interface] = .interfaceGone
                } else if view.named.contains(interface) {
                    causes[interface] = .waiting
                }
            }
        }
        let isSomewhere = view.places.values.contains { $0 != .down } || !causes.isEmpty
        if !isSomewhere { causes[view.wanted] = account.wasCovered ? .interfaceGone : .waiting }
        return causes
    }

    private func begin(_ cause: GapCause, interface: String?, at now: Timestamp) -> Gap {
        Gap(episode: names.next(), cause: cause, scope: .capture, interface: interface, from: now, open: true)
    }

    private func end(_ gap: Gap, _ capture: String, at now: Timestamp) -> [CoverageEffect] {
        CoverageEffect.both(gap.ended(at: now), [capture])
    }

    // Events of a capture

    /// Notes that the disk refuses the data of one writer.
    mutating func suspended(_ capture: String, on interface: String, at now: Timestamp) -> [CoverageEffect] {
        if let known = accounts[capture]?.suspended[interface] {
            accounts[capture]?.suspended[interface] = (known.gap, known.writers + 1)
            return []
        }
        let gap = begin(.suspended, interface: interface, at: now)
        accounts[capture, default: Account()].suspended[interface] = (gap, 1)
        return CoverageEffect.both(gap, [capture])
    }

    /// Notes that the disk accepts data again, or that the writer has ended.
    mutating func resumed(_ capture: String, on interface: String, at now: Timestamp) -> [CoverageEffect] {
        guard let known = accounts[capture]?.suspended[interface] else { return [] }
        guard known.writers == 1 else {
            accounts[capture]?.suspended[interface] = (known.gap, known.writers - 1)
            return []
        }
        accounts[capture]?.suspended[interface] = nil
        return end(known.gap, capture, at: now)
    }

    /// Notes that a reload moved the capture to another tap between `from` and `to`.
    func moved(_ capture: String, on interface: String, from: Timestamp, to: Timestamp) -> [CoverageEffect] {
        var gap = begin(.reload, interface: interface, at: from)
        (gap.to, gap.open) = (to, false)
        return CoverageEffect.both(gap, [capture])
    }

    /// Notes that the clock was set.
    func clockStepped(from: Timestamp, to: Timestamp, captures: [String]) -> [CoverageEffect] {
        var gap = begin(.clockStep, interface: nil, at: from)
        (gap.to, gap.open) = (to, false)
        return CoverageEffect.both(gap, captures)
    }

    /// Notes that a reload removed the captures from the configuration.
    mutating func left(_ captures: some Sequence<String>, at now: Timestamp) -> [CoverageEffect] {
        captures.flatMap { conclude($0, because: .reload, at: now) }
    }

    /// Notes that the daemon stops: it captures nothing from `now` on.
    mutating func stopped(at now: Timestamp) -> [CoverageEffect] {
        // A capture that never ran in this process is still in the gap of the previous run.
        accounts.filter { $0.value.ready != nil }.keys.sorted().flatMap { conclude($0, because: .stopped, at: now) }
    }

    private mutating func conclude(_ capture: String, because cause: GapCause, at now: Timestamp) -> [CoverageEffect] {
        // The open gaps end with the account, not because they are over, so the journal gets no line.
        let ending = open(of: capture).map { gap in
            CoverageEffect.write(LedgerLine(gap.ended(at: now), .end), captures: [capture])
        }
        accounts[capture] = nil
        return ending + CoverageEffect.both(begin(cause, interface: nil, at: now), [capture])
    }

    // The previous run

    /// Notes that the ledger of a capture was read. `repaired` is the timestamp of the last packet in an open segment
    /// that was repaired.
    mutating func opened(_ capture: String, _ before: LedgerHistory, repaired: Timestamp?) -> [CoverageEffect] {
        accounts[capture, default: Account()].before = before
        accounts[capture]?.repaired = repaired
        return deal(withRunBefore: capture)
    }

    /// Ends the gaps that the previous run left open, and reports how long nothing was captured.
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
                // The end was not observed, so the number of lost packets is unknown.
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
    /// The gap, ended at `now`.
    fileprivate func ended(at now: Timestamp) -> Gap {
        var gap = self
        (gap.to, gap.open) = (now, false)
        return gap
    }
}
