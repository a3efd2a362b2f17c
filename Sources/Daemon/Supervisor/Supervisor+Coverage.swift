import Capture
import Control
import Ledger
import Linux
import Rules
import Settings

/// The supervisor's reports to the accounts of coverage.
extension Supervisor {
    /// Accounts for the captures of the configuration.
    mutating func accountForCoverage() {
        coverage.account(for: settings.captures.map { ($0.rule, retentions[$0.rule.name]) })
    }

    /// Reports the current state of the captures.
    mutating func observeCoverage() {
        guard stop == nil, hasStarted else { return }
        coverage.observe(coverageViews)
    }

    mutating func take(_ event: CoverageEvent) {
        coverage.meters = lossMeters
        coverage.take(event)
    }

    mutating func lossBegan(_ meter: LossMeter, _ subject: LossSubject) {
        let served = taps[subject.tap]?.rule.captures.map(\.rule.name) ?? []
        coverage.lossBegan(meter, subject, captures: subject.capture.map { [$0] } ?? served)
    }

    /// Reports the captures that a reload moved between taps.
    mutating func tell(_ moves: TapMoves) {
        for source in moves.moved(to: taps.open) {
            coverage.moved(source.capture, on: source.interface, from: moves.began)
        }
    }

    mutating func answer(_ question: CoverageQuestion) {
        guard settings.captures.contains(where: { $0.rule.name == question.capture }) else {
            let hint = Suggestion.hint(for: question.capture, among: settings.captures.map(\.rule.name))
            let sentence = "there is no capture '\(question.capture)'\(hint)"
            return question.reply.resume(returning: .failure(.unknown(sentence)))
        }
        coverage.ask(question)
    }

    /// Writes the last lines of the ledgers, without waiting for a disk that refuses them.
    mutating func endCoverage() {
        coverage.dismiss()
        coverage.stop(since: stopTime ?? .now)
        _ = coverage.finish(within: 2_000_000_000)
    }

    /// The loss meters of the running taps, with their captures.
    var lossMeters: [(meter: LossMeter, captures: [String])] {
        taps.all.flatMap { tap in
            let served = tap.rule.captures.map(\.rule.name)
            return tap.losses.map { meter in (meter, meter.reading.subject?.capture.map { [$0] } ?? served) }
        }
    }

    /// The interfaces of each capture, and whether it is captured there.
    private var coverageViews: [CaptureView] {
        var served: Set<CoveredPlace> = []
        for tap in taps.open where tap.hasReceived {
            for capture in tap.rule.captures {
                served.insert(CoveredPlace(capture: capture.rule.name, interface: tap.rule.interface.index))
            }
        }
        let refusals = Set(interfaces.refusals.map { CaptureSource(capture: $0.capture, interface: $0.interface) })
        let awaited = retentions.awaited
        return settings.captures.map { capture in
            let name = capture.rule.name
            var view = CaptureView(
                capture: name, wanted: capture.interface.text, isPattern: capture.interface.isPattern)
            for name in capture.interface.names(missingAmong: interfaces.all) {
                view.places[name] = .down
                view.named.insert(name)
            }
            for link in interfaces.all where capture.interface.matches(link) {
                if capture.interface.names(link) { view.named.insert(link.name) }
                if !link.isUp {
                    view.places[link.name] = .down
                } else if served.contains(CoveredPlace(capture: name, interface: link.index)) {
                    view.places[link.name] = .covered
                } else if interfaces.isFailing(link.index) || awaited.contains(name)
                    || refusals.contains(CaptureSource(capture: name, interface: link.name))
                {
                    view.places[link.name] = .refused
                } else if link.linkType != nil {
                    view.places[link.name] = .opening
                }
            }
            return view
        }
    }
}

private struct CoveredPlace: Hashable {
    let capture: String
    let interface: Int32
}

extension DaemonEvent {
    /// Whether the event may change which captures are covered.
    var changesCoverage: Bool {
        switch self {
        case .link, .opened, .reloadPrepared, .changed, .capture(.ended): true
        default: false
        }
    }
}
