import Capture
import Linux
import Logging
import Rules
import Settings

/// The interfaces of this machine, and what their changes require of the taps.
///
/// A value without kernel objects: each event returns effects, which the supervisor carries out.
struct Interfaces {
    enum Effect: Equatable {
        /// Open taps for the captures that want this interface and that no tap serves.
        case open(Int32)
        /// Stop the taps on this interface.
        case close(Int32)
        /// Call `retry` after so many seconds.
        case retry(Int32, after: Int)
        case say(Notice)
    }

    private struct Link {
        var interface: Interface
        /// Number of successive failures to open taps.
        var attempts = 0
        /// Whether a retry is scheduled.
        var isRetrying = false
        /// Why captures cannot run on the interface, by capture.
        var refusals: [String: String] = [:]
    }

    /// By interface index.
    private var links: [Int32: Link] = [:]
    private var captures: [Settings.Capture]
    /// Captures without an interface that were reported, by name.
    private var waiting: Set<String> = []

    /// Longest time between two attempts, in seconds.
    private static let longestPause = 60

    init(for captures: [Settings.Capture]) { self.captures = captures }

    subscript(index: Int32) -> Interface? { links[index]?.interface }
    var all: [Interface] { links.values.map(\.interface) }

    /// The captures that cannot run on an interface, with the reason.
    var refusals: [(interface: String, capture: String, reason: String)] {
        links.values.flatMap { link in link.refusals.map { (link.interface.name, $0.key, $0.value) } }
    }

    /// Whether the last attempt to open taps on the interface failed.
    func isFailing(_ index: Int32) -> Bool { (links[index]?.attempts ?? 0) > 0 }

    /// The captures that cannot run on the interface, by name.
    func refused(on index: Int32) -> Set<String> { Set(links[index]?.refusals.keys.map { $0 } ?? []) }

    /// Notes a new or changed interface. `tapped` is the interface as its open taps know it.
    mutating func present(_ interface: Interface, tapped: Interface?) -> [Effect] {
        let before = links[interface.index]?.interface
        guard before != interface else { return [] }
        links[interface.index, default: Link(interface: interface)].interface = interface
        if before?.isStill(interface) != true || !interface.isUp { links[interface.index]?.refusals = [:] }
        var effects: [Effect] = []
        // A tap keeps the name and the kind of frames that it started with. If one of them changes, another tap
        // begins.
        if let tapped, !tapped.isStill(interface) {
            let isRenamed = tapped.name != interface.name
            let reason = isRenamed ? "was renamed to \(interface.name)" : "changed its link type"
            effects += Interfaces.close(tapped, because: reason)
        }
        return effects + open(interface) + tellWaiting()
    }

    /// Opens taps on an interface that is up, or reports that no tap supports its kind of frames.
    private func open(_ interface: Interface) -> [Effect] {
        guard interface.isUp else { return [] }
        guard interface.linkType == nil else { return [.open(interface.index)] }
        guard captures.contains(where: { $0.interface.matches(interface) }) else { return [] }
        let error = TapError.unknownLinkType(interface)
        let fields = Logger.Metadata.about(.failed, interface: interface.name, cause: error.cause)
        return [.say(Notice(.notice, "\(error)", fields))]
    }

    /// Notes that an interface was removed.
    mutating func removed(_ index: Int32, tapped: Interface?) -> [Effect] {
        guard links.removeValue(forKey: index) != nil else { return [] }
        return (tapped.map { Interfaces.close($0, because: "was removed") } ?? []) + tellWaiting()
    }

    /// Retries to open taps.
    mutating func retry(_ index: Int32) -> [Effect] {
        links[index]?.isRetrying = false
        return links[index].map { open($0.interface) } ?? []
    }

    /// Notes that taps were opened on an interface. `refused` are the captures that cannot run there, with the reason.
    mutating func opened(_ index: Int32, refused: [(capture: String, reason: String)]) -> [Effect] {
        guard let name = links[index]?.interface.name else { return [] }
        links[index]?.attempts = 0
        return refused.map { capture, reason in
            links[index]?.refusals[capture] = reason
            return .say(
                Notice(
                    .error, "capture \(capture) cannot run on \(name): \(reason)",
                    .about(.refused, capture: capture, interface: name, cause: reason)))
        }
    }

    /// Notes that taps could not be opened on an interface. It retries with growing pauses of 1, 2, 4, … seconds, 60
    /// at most. Further failures there wait for the same retry.
    mutating func failed(_ index: Int32, _ error: TapError) -> [Effect] {
        guard let link = links[index] else { return [] }
        let fields = Logger.Metadata.about(.failed, interface: link.interface.name, cause: error.cause)
        guard !link.isRetrying else { return [.say(Notice(.error, "\(error); retrying soon", fields))] }
        let pause = min(1 << min(link.attempts, 6), Interfaces.longestPause)
        links[index]?.isRetrying = true
        links[index]?.attempts += 1
        return [
            .say(Notice(.error, "\(error); retrying in \(pause) s", fields)), .retry(index, after: pause),
        ]
    }

    /// Notes a reload with other captures. The reload itself opens what failed before.
    mutating func reloaded(_ captures: [Settings.Capture]) -> [Effect] {
        self.captures = captures
        for index in links.keys { links[index]?.refusals = [:] }
        return tellWaiting()
    }

    /// Reports each capture without an interface once, until it has one.
    mutating func tellWaiting() -> [Effect] {
        var effects: [Effect] = []
        for capture in captures {
            let (name, interface) = (capture.rule.name, capture.interface)
            if links.values.contains(where: { $0.interface.isUp && interface.matches($0.interface) }) {
                waiting.remove(name)
            } else if waiting.insert(name).inserted {
                let text = "capture \(name) waits for interface \(interface.text), which is missing or down"
                let fields = Logger.Metadata.about(.waiting, capture: name, interface: interface.text)
                effects.append(.say(Notice(.notice, text, fields)))
            }
        }
        return effects
    }

    private static func close(_ interface: Interface, because reason: String) -> [Effect] {
        let text = "interface \(interface.name) \(reason): its segments end here"
        let fields = Logger.Metadata.about(.gone, interface: interface.name, cause: reason)
        return [.say(Notice(.warning, text, fields)), .close(interface.index)]
    }
}
