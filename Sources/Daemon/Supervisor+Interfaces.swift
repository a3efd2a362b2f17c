import BPF
import Capture
import Linux
import Logging
import Settings

/// Interfaces that come, change and go, and the taps on them.
extension Supervisor {
    mutating func appeared(_ interface: Interface) {
        let before = links.updateValue(interface, forKey: interface.index)
        guard before != interface else { return }
        if before?.isStill(interface) != true || !interface.isUp { refusals[interface.index] = nil }
        // A tap's segments carry the name it started with, and one kind of frames: with others it starts anew.
        if let tap = openTaps(on: interface.index).first, !tap.rule.interface.isStill(interface) {
            let isRenamed = tap.rule.interface.name != interface.name
            close(interface.index, because: isRenamed ? "is now \(interface.name)" : "has frames of another kind now")
        }
        openOrRetry(on: interface)
        tellWaiting()
    }

    /// The time to try again has come.
    mutating func retry(on index: Int32) {
        retrying.remove(index)
        if stop == nil, let interface = links[index] { openOrRetry(on: interface) }
    }

    mutating func openOrRetry(on interface: Interface) {
        let tapsBefore = nextTap
        do throws(TapError) { try open(on: interface) } catch { return failed(on: interface, error) }
        attempts[interface.index] = nil
        if nextTap > tapsBefore {
            log.info("capturing on \(interface.name)", metadata: .about(.capturing, interface: interface.name))
        }
    }

    /// Tries again in a while, less and less often: after 1, 2, 4 seconds, and in the end once a minute. Whatever fails
    /// meanwhile is tried again then, too.
    mutating func failed(on interface: Interface, _ error: TapError) {
        let name = interface.name
        guard retrying.insert(interface.index).inserted else {
            return log.error(
                "\(error); tried again soon", metadata: .about(.failed, interface: name, cause: error.cause))
        }
        let attempt = attempts[interface.index, default: 0]
        attempts[interface.index] = attempt + 1
        let pause = min(1 << min(attempt, 6), 60)
        log.error(
            "\(error); tried again in \(pause) s",
            metadata: .about(.failed, interface: name, cause: error.cause))
        Task { [tell] in
            try? await Task.sleep(for: .seconds(pause))
            tell(.retry(interface: interface.index))
        }
    }

    /// The taps on an interface that are not about to end.
    private func openTaps(on index: Int32) -> [RunningTap] {
        taps.values.filter { $0.rule.interface.index == index && !$0.isStopping }
    }

    mutating func disappeared(_ index: Int32) {
        guard links.removeValue(forKey: index) != nil else { return }
        attempts[index] = nil
        close(index, because: "is gone")
        refusals[index] = nil
        tellWaiting()
    }

    /// Opens taps for the captures that want an interface and that none serves yet.
    mutating func open(on interface: Interface) throws(TapError) {
        guard interface.isUp else { return }
        let served = openTaps(on: interface.index).flatMap { $0.rule.captures.map(\.rule.name) }
        guard interface.linkType != nil || settings.captures.allSatisfy({ !$0.interface.matches(interface.name) })
        else {
            let error = TapError.unknownLinkType(interface)
            return log.notice("\(error)", metadata: .about(.failed, interface: interface.name, cause: error.cause))
        }
        do throws(TapError) {
            let planner = TapPlanner(settings: settings, interface: interface, compilers: compilers)
            let known = refusals[interface.index, default: [:]].keys
            let (rules, refused) = try planner.rules(without: Set(served).union(known))
            for (capture, reason) in refused {
                refusals[interface.index, default: [:]][capture] = "\(reason)"
                log.error(
                    "capture \(capture) cannot run on \(interface.name): \(reason)",
                    metadata: .about(.refused, capture: capture, interface: interface.name, cause: "\(reason)"))
            }
            var failure: TapError?
            for rule in rules { do throws(TapError) { try start(rule) } catch { failure = failure ?? error } }
            if let notice = Report.taps(rules) {
                log.notice("\(notice)", metadata: .about(.tap, interface: interface.name))
            }
            if let failure { throw failure }
        } catch {
            // One that is gone again, or down, is no failure: it will be said, and waited for.
            if (try? interface.isStillUp()) ?? true { throw error }
        }
    }

    /// Opens the taps of a rule, one for each worker, and starts their threads: all, or none.
    mutating func start(_ rule: TapRule) throws(TapError) {
        var group: UInt16?
        let first = nextTap
        do throws(TapError) {
            try TapAllowance.check(rule, beside: taps.values.reduce(0) { $0 + $1.rule.captures.count })
            for worker in rule.workers { try start(Tap(worker, retentions: retentions, group: &group), worker) }
        } catch {
            for index in first..<nextTap { taps[index]?.stop() }
            throw error
        }
    }

    private mutating func start(_ tap: consuming Tap, _ rule: TapRule) throws(TapError) {
        do {
            let running = try tap.start(nextTap, report: report)
            taps[nextTap] = running
            if running.ring != rule.ring {
                let (name, sizes) = (rule.interface.name, "\(running.ring.size) bytes, not \(rule.ring.size)")
                log.warning(
                    "the ring of \(name) has \(sizes): the kernel lacks the memory for more",
                    metadata: .about(.tap, interface: name, cause: "memory"))
            }
            nextTap += 1
        } catch {
            throw .system(error)
        }
    }

    private func close(_ index: Int32, because reason: String) {
        let affected = openTaps(on: index)
        guard let name = affected.first?.rule.interface.name else { return }
        log.warning(
            "interface \(name) \(reason): its segments end here",
            metadata: .about(.gone, interface: name, cause: reason))
        for tap in affected { tap.stop() }
    }

    /// Tells once for each capture that it has no interface, until it has one.
    mutating func tellWaiting() {
        guard stop == nil else { return }
        for capture in settings.captures {
            let hasInterface = links.values.contains { $0.isUp && capture.interface.matches($0.name) }
            if hasInterface {
                waiting.remove(capture.rule.name)
            } else if waiting.insert(capture.rule.name).inserted {
                let (name, interface) = (capture.rule.name, capture.interface.text)
                log.notice(
                    "capture \(name) waits for interface \(interface), which is not there or down",
                    metadata: .about(.waiting, capture: name, interface: interface))
            }
        }
    }
}
