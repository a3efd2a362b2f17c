import BPF
import BasicContainers
import Linux
package import Rules

/// What a running tap is about to become. Everything that can fail or takes time has been done (I13). The tap consumes
/// it, either to serve the new captures (`RunningTap.serve`) or to stay as it is (`RunningTap.dismiss`).
package struct TapChangeover: ~Copyable, Sendable {
    /// The number of the tap that it was made for.
    package let tap: Int
    var rule: TapRule
    var change: TapChange
    /// The pipelines that stay, followed by those that begin.
    var pipelines: [CapturePipeline]
    let keptCount: Int
    /// The new filter, and the same filter with enough bytes kept for the old captures, too.
    let program: Program
    let wider: Program
    /// Whether the kernel was asked to attach the filter, and whether it did.
    var isBegun = false
    var isAttached = false

    /// Prepares the programs, buffers and threads for the captures of `next`. Any thread may call it. Throws the first
    /// failure; then only the writers in `unheard` remain, which end by themselves.
    package init(
        of tap: TapState, to next: TapRule, retentions: SegmentCatalogs, unheard: inout UnheardWriters
    ) throws(TapError) {
        guard let linkType = next.interface.linkType else { throw .unknownLinkType(next.interface) }
        let wanted = Dictionary(next.captures.map { ($0.rule.name, $0) }) { first, _ in first }
        var change = TapChange(classifier: tap.classifier)
        var rule = next
        rule.captures = []
        var pipelines: [CapturePipeline] = []
        for (index, capture) in tap.rule.captures.enumerated() {
            let name = capture.rule.name
            guard let plan = wanted[name], plan.rule.buffers == capture.rule.buffers, let retention = retentions[name]
            else {
                change.removed.insert(index, at: 0)
                continue
            }
            pipelines.append(tap.pipelines[index])
            rule.captures.append(plan)
            if plan.rule != capture.rule { change.rules.append((index, plan.rule, retention)) }
        }
        let keptCount = pipelines.count
        let stays = Set(rule.captures.map(\.rule.name))
        for plan in next.captures where !stays.contains(plan.rule.name) { rule.captures.append(plan) }
        let (program, wider): (Program, Program)
        do throws(FilterError) {
            change.classifier = try rule.classifier()
            program = try next.kernelProgram()
            // Until the drain thread has switched, it classifies with the old filters.
            wider = try next.kernelProgram(reach: TapRule.reach(of: tap.rule.filters()))
        } catch {
            throw .filter(error, interface: rule.interface.name)
        }
        for (place, plan) in rule.captures.enumerated().dropFirst(keptCount) {
            guard let retention = retentions[plan.rule.name] else { continue }
            do {
                let pipeline = try CapturePipeline(plan.rule, retention: retention, interface: next.interface)
                let cpu = next.processors.writer(worker: next.worker, place: place)
                try pipeline.start(
                    plan.rule, worker: next.worker, tapCounters: tap.counters, ending: tap.ending, cpu: cpu,
                    report: tap.report)
                change.added.append(pipeline.store(for: plan.rule, linkType: linkType))
                pipelines.append(pipeline)
            } catch {
                unheard.end(pipelines[keptCount...], of: tap.index)
                throw .system(error)
            }
        }
        self.tap = tap.index
        (self.program, self.wider) = (program, wider)
        (self.rule, self.pipelines, self.keptCount) = (rule, pipelines, keptCount)
        self.change = change
    }

    /// The pipelines that do not serve yet.
    var begun: ArraySlice<CapturePipeline> { pipelines[keptCount...] }
}

/// Writers of captures that were prepared and never served. Their threads end by themselves as soon as their disk
/// permits. The tap keeps them until then (`RunningTap.keep`), so that no other thread waits for a disk (I12).
package struct UnheardWriters: Sendable {
    private(set) var pipelines: [Int: [CapturePipeline]] = [:]

    package init() {}

    mutating func end(_ begun: some Sequence<CapturePipeline>, of tap: Int) {
        for pipeline in begun {
            pipeline.exchange.close()
            pipelines[tap, default: []].append(pipeline)
        }
    }
}
