import BPF
import Capture
import Linux
import Logging
import Settings

/// How the running set becomes another one: everything is prepared first, then put in force; one mistake, and it stays.
///
/// On each interface the taps that are open are matched with those that are wanted now. A tap that goes on gets its new
/// filter in the kernel at once, in place of the old one, and serves its new captures from the next ring block on.
struct Reload {
    let settings: Settings
    let retentions: Retentions
    /// Taps that go on with another rule.
    private(set) var changes: [(tap: RunningTap, next: TapRule)] = []
    /// Taps that are no longer wanted.
    private(set) var ending: [RunningTap] = []
    /// Taps that are to be opened.
    private(set) var beginning: [TapRule] = []
    /// Interfaces that one tap cannot serve: sentences.
    private(set) var notices: [String] = []

    /// Works out what has to change. Throws what cannot be: a sentence.
    init(
        _ settings: Settings, retentions: Retentions, taps: [RunningTap], interfaces: [Interface],
        compilers: FilterCompilers
    ) throws {
        (self.settings, self.retentions) = (settings, retentions)
        var open = Dictionary(grouping: taps) { $0.rule.interface.index }
        // What is open on an interface that is down goes on when that is up again.
        for interface in interfaces where interface.isUp || open[interface.index] != nil {
            guard interface.linkType != nil else { continue }
            let planner = TapPlanner(settings: settings, interface: interface, compilers: compilers)
            let (rules, refused) = try planner.rules()
            if let first = refused.first { throw FilterError("capture \(first.capture): \(first.reason)") }
            if let notice = Report.taps(rules) { notices.append(notice) }
            var running = (open.removeValue(forKey: interface.index) ?? []).sorted { $0.index < $1.index }
            for rule in rules {
                // The workers of an interface share its packets: all of them go on, or none.
                let workers = rule.workers.compactMap { worker in
                    running.firstIndex { $0.rule.canBecome(worker) }.map { (running.remove(at: $0), worker) }
                }
                guard workers.count == rule.ring.workers else {
                    ending += workers.map(\.0)
                    if interface.isUp { beginning.append(rule) }
                    continue
                }
                for (tap, next) in workers where !tap.rule.serves(next.captures) { changes.append((tap, next)) }
            }
            ending += running
        }
        // What is left is on interfaces that are gone: whoever watches them will say so.
    }

    /// Prepares every change and puts every new filter in force. On a failure all is as it was, and it throws; a tap that cannot
    /// be what it was ends.
    func attach() throws(TapError) {
        do {
            for (tap, next) in changes { try tap.prepare(next, retentions: retentions) }
            for (tap, _) in changes { try tap.attach() }
        } catch {
            for (tap, _) in changes { do { try tap.dismiss() } catch { tap.stop() } }
            throw error
        }
    }

    /// The state of `retentions` for other settings: what is kept account of already goes on, new folders are looked through.
    static func retentions(_ running: Retentions, for settings: Settings, log: Logger) throws -> Retentions {
        var retentions = Retentions(after: running)
        for rule in settings.captures.map(\.rule) where !retentions.keep(rule, from: running) {
            let found = try settings.adopt(rule)
            log.tell(found, isOurs: running.directories.contains(rule.directory))
            retentions.open(rule, found: found)
        }
        return retentions
    }
}

extension Settings {
    /// Looks through the directory of a capture. Takes as long as the disk does.
    func adopt(_ rule: CaptureRule) throws(SystemError) -> Adoption {
        try Adoption.adopt(
            rule.name, in: rule.directory, configured: captures.map(\.rule.name), freeSpace: freeSpace)
    }
}

extension TapRule {
    /// Whether an open tap can go on by this rule: a ring and threads stay as they were made.
    fileprivate func canBecome(_ other: TapRule) -> Bool {
        interface.isStill(other.interface) && ring == other.ring && worker == other.worker
            && processors == other.processors
    }

    /// Whether it serves exactly these captures, in whatever order.
    fileprivate func serves(_ others: [CapturePlan]) -> Bool {
        captures.count == others.count && others.allSatisfy { captures.contains($0) }
    }
}
