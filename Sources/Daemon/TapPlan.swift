import BPF
import Capture
import Linux
import Settings

/// A tap that is to be opened, and the captures it serves.
struct TapPlan {
    let rule: TapRule
    var captures: [CaptureRule]

    /// The taps that the settings want on an interface that is up: captures that ask the same of the kernel share one.
    /// Captures that cannot be served come back with the reason.
    static func plans(
        for settings: Settings, on interface: Interface
    ) throws(TapError) -> (plans: [TapPlan], refused: [(capture: String, reason: FilterError)]) {
        let wanted = settings.captures.filter { $0.interface.matches(interface.name) }
        guard !wanted.isEmpty else { return ([], []) }
        let compiler: ExpressionCompiler
        do {
            compiler = try ExpressionCompiler(interface: interface.name)
        } catch {
            throw .filter(error, interface: interface.name)
        }
        var plans: [TapPlan] = []
        var refused: [(String, FilterError)] = []
        for capture in wanted {
            do throws(FilterError) {
                let rule = try settings.tapRule(for: capture, on: interface, with: compiler)
                if let index = plans.firstIndex(where: { $0.rule == rule }) {
                    plans[index].captures.append(capture.rule)
                } else {
                    plans.append(TapPlan(rule: rule, captures: [capture.rule]))
                }
            } catch {
                refused.append((capture.rule.name, error))
            }
        }
        return (plans, refused)
    }
}
