import BPF
import Capture
import Linux
import Settings

/// Decides which taps an interface gets: as few as can serve its captures, as each costs the host time for every packet.
struct TapPlanner {
    let settings: Settings
    let interface: Interface
    let compilers: FilterCompilers

    /// A capture that cannot be served on the interface, and why.
    typealias Refused = (capture: String, reason: FilterError)

    /// The taps for an interface that is up; none when no capture wants it.
    func rules() throws(TapError) -> (rules: [TapRule], refused: [Refused]) {
        let wanted = settings.captures.filter { $0.interface.matches(interface.name) }
        guard !wanted.isEmpty else { return ([], []) }
        let compiler: ExpressionCompiler
        do {
            compiler = try compilers.compiler(for: interface)
        } catch {
            throw .filter(error, interface: interface.name)
        }
        var (shared, rules, refused): ([CapturePlan], [TapRule], [Refused]) = ([], [], [])
        for capture in wanted {
            do throws(FilterError) {
                let plan = try settings.plan(for: capture, on: interface, with: compiler)
                // What asks the kernel for more than a ring can say of a packet cannot be asked again: no sharing.
                if plan.filter.isReproducible { shared.append(plan) } else { rules.append(rule([plan])) }
            } catch {
                refused.append((capture.rule.name, error))
            }
        }
        return (split(shared[...]) + rules, refused)
    }

    private func rule(_ captures: some Sequence<CapturePlan>) -> TapRule {
        TapRule(
            interface: interface, ring: settings.ring, captures: Array(captures), processors: settings.processors)
    }

    /// The fewest taps, in order, whose filters the kernel takes: each as many captures as fit.
    private func split(_ captures: ArraySlice<CapturePlan>) -> [TapRule] {
        var (rules, rest): ([TapRule], ArraySlice<CapturePlan>) = ([], captures)
        while !rest.isEmpty {
            let count = fits(rest) ? rest.count : longestPrefix(of: rest)
            rules.append(rule(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return rules
    }

    /// How many captures from the first on one tap can serve: one at least, found by halving.
    private func longestPrefix(of captures: ArraySlice<CapturePlan>) -> Int {
        var (fitting, tooMany) = (1, captures.count)
        while tooMany - fitting > 1 {
            let middle = (fitting + tooMany) / 2
            if fits(captures.prefix(middle)) { fitting = middle } else { tooMany = middle }
        }
        return fitting
    }

    private func fits(_ captures: ArraySlice<CapturePlan>) -> Bool {
        guard let program = try? rule(captures).kernelProgram() else { return false }
        return (try? program.checkWithKernel()) != nil
    }
}
