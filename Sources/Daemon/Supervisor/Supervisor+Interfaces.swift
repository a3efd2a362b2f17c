import BasicContainers
import Capture
import Linux
import Logging
import Rules

/// Taps that open and close with their interfaces.
extension Supervisor {
    mutating func perform(_ required: [Interfaces.Effect]) {
        for effect in required {
            switch effect {
            case .open(let index): begin(openings.add(.interface(index)))
            case .close(let index): for tap in taps.open(on: index) { tap.stop() }
            case .retry(let index, let pause): effects.send(.retry(interface: index), pause)
            case .say(let notice): if stop == nil { log.log(notice) }
            }
        }
    }

    /// Starts the next request to open taps.
    mutating func begin(_ request: Openings.Request?) {
        switch request {
        case .interface(let index): open(on: index)
        case .reload(let number): prepareReload(number)
        case nil: finishStart()
        }
    }

    /// Opens taps, on their own thread, for the captures that want an interface and that no tap serves yet.
    private mutating func open(on index: Int32) {
        guard stop == nil, let interface = interfaces[index], interface.isUp else { return begin(openings.finish()) }
        let served = taps.open(on: index).flatMap { $0.rule.captures.map(\.rule.name) }
        let others = interfaces.refused(on: index).union(served)
        let opener = opener(for: settings, retentions)
        do {
            try effects.run("open \(interface.name)") { [tell] in
                tell(.opened(interface: index, Delivery(opener.open(on: interface, without: others))))
            }
        } catch {
            perform(interfaces.failed(index, .system(error)))
            begin(openings.finish())
        }
    }

    /// Starts reception on new taps of an interface, unless the interface has changed meanwhile.
    mutating func opened(_ index: Int32, _ delivery: Delivery<TapOpener.Outcome>) {
        guard var outcome = delivery.take() else { return }
        let tapsBefore = taps.count
        let refused = outcome.refused
        if let failure = receive(&outcome) ?? outcome.failure {
            perform(interfaces.failed(index, failure))
        } else {
            perform(interfaces.opened(index, refused: refused))
        }
        if taps.count > tapsBefore, let name = taps.interface(index)?.name, hasStarted {
            log.info("capturing on \(name)", metadata: .about(.capturing, interface: name))
        }
        begin(openings.finish())
    }

    /// Starts reception on the opened taps whose interface has not changed, and stops the others. Returns the first
    /// failure.
    mutating func receive(_ outcome: inout TapOpener.Outcome) -> TapError? {
        while let tap = outcome.dismissed.popLast() { taps.add(tap).stop() }
        var failure: TapError?
        while var opened = outcome.opened.popLast() {
            let interface = opened.rule.interface
            let isThere = stop == nil && interfaces[interface.index].map { $0.isUp && $0.isStill(interface) } == true
            var (running, group): ([RunningTap], UInt16?) = ([], nil)
            while !opened.taps.isEmpty { running.append(taps.add(opened.taps.remove(at: 0))) }
            do throws(TapError) {
                guard isThere else {
                    for tap in running { tap.stop() }
                    continue
                }
                for tap in running { try tap.receive(group: &group) }
                if let tap = running.first, tap.ring != tap.rule.ring { tellSmaller(tap) }
            } catch {
                for tap in running { tap.stop() }
                if effects.isStillUp(interface) ?? true { failure = failure ?? error }
            }
        }
        let name = outcome.notices.isEmpty ? nil : taps.open.last?.rule.interface.name
        for notice in outcome.notices { log.notice("\(notice)", metadata: .about(.tap, interface: name)) }
        return failure
    }

    private func tellSmaller(_ tap: RunningTap) {
        let name = tap.rule.interface.name
        log.warning(
            "the ring of \(name) has \(tap.ring.size) bytes, not \(tap.rule.ring.size): the kernel lacks memory",
            metadata: .about(.tap, interface: name, cause: "memory"))
    }
}
