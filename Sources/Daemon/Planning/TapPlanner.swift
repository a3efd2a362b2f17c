import BPF
import Capture
import Linux
import Rules
import Settings

/// Plans the taps of an interface: as few as can serve its captures, because each costs the host time per packet.
struct TapPlanner {
    let settings: Settings
    let interface: Interface
    let compilers: FilterCompilers

    /// A capture that cannot run on the interface, with the reason.
    typealias RejectedCapture = (capture: String, reason: FilterError)

    /// The taps for an interface, for all captures except `others`; empty if no capture wants it.
    func rules(without others: Set<String> = []) throws(TapError) -> (rules: [TapRule], refused: [RejectedCapture]) {
        let wanted = settings.captures.filter {
            $0.interface.matches(interface) && !others.contains($0.rule.name)
        }
        guard !wanted.isEmpty else { return ([], []) }
        do { try compilers.open(for: interface) } catch { throw .filter(error, interface: interface.name) }
        var (shared, rules, refused): ([CapturePlan], [TapRule], [RejectedCapture]) = ([], [], [])
        for capture in wanted {
            do throws(FilterError) {
                let plan = try settings.plan(for: capture, on: interface, with: compilers)
                // A filter that reads more than the ring reports cannot be classified again, so its capture gets its
                // own tap.
                if plan.filter.isReproducible { shared.append(plan) } else { rules.append(rule([plan][...])) }
            } catch {
                refused.append((capture.rule.name, error))
            }
        }
        return (split(shared[...]) + rules, refused)
    }

    private func rule(_ captures: ArraySlice<CapturePlan>) -> TapRule {
        TapRule(
            interface: interface, ring: settings.ring, captures: Array(captures), processors: settings.processors)
    }

    /// The fewest taps, in order, whose filters the kernel accepts: each with as many captures as fit.
    private func split(_ captures: ArraySlice<CapturePlan>) -> [TapRule] {
        var (rules, rest): ([TapRule], ArraySlice<CapturePlan>) = ([], captures)
        while !rest.isEmpty {
            let next = fitting(rest) ?? longestPrefix(of: rest)
            rules.append(next)
            rest = rest.dropFirst(next.captures.count)
        }
        return rules
    }

    /// The tap for the longest prefix of `captures` that fits, at least one capture; found by binary search.
    private func longestPrefix(of captures: ArraySlice<CapturePlan>) -> TapRule {
        var (best, tooMany) = (rule(captures.prefix(1)), captures.count)
        while tooMany - best.captures.count > 1 {
            let middle = (best.captures.count + tooMany) / 2
            if let larger = fitting(captures.prefix(middle)) { best = larger } else { tooMany = middle }
        }
        return best
    }

    /// The tap for all of `captures`; nil if the kernel rejects its program.
    private func fitting(_ captures: ArraySlice<CapturePlan>) -> TapRule? {
        var rule = rule(captures)
        do { try rule.prepare() } catch { return nil }
        return rule
    }
}
