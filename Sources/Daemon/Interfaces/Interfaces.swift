import Capture
import Linux
import Logging
import Settings

/// The interfaces of this machine, and what their coming, changing and going asks of the taps on them.
///
/// A value without a kernel object: each event is a function to effects, which the supervisor carries out.
struct Interfaces {
    enum Effect: Equatable {
        /// Open taps for the captures that want the interface with this index and that no tap serves.
        case open(Int32)
        /// Stop the taps on it.
        case close(Int32)
        /// Report `retry` after so many seconds.
        case retry(Int32, after: Int)
        case say(Notice)
    }

    private struct Link {
        var interface: Interface
        /// How often taps on it could not be opened, one time after the other.
        var attempts = 0
        /// Whether it will be tried again.
        var isRetrying = false
        /// Why captures, by name, cannot run on it.
        var refusals: [String: String] = [:]
    }

    /// By index.
    private var links: [Int32: Link] = [:]
    private var captures: [Settings.Capture]
    /// Captures, by name, of which it was said that they wait for an interface.
    private var waiting: Set<String> = []

    /// Seconds from one attempt to the next, at most.
    private static let longestPause = 60

    init(for captures: [Settings.Capture]) { self.captures = captures }

    subscript(index: Int32) -> Interface? { links[index]?.interface }
    var all: [Interface] { links.values.map(\.interface) }

    /// Captures that cannot run on an interface, and why.
    var refusals: [(interface: String, capture: String, reason: String)] {
        links.values.flatMap { link in link.refusals.map { (link.interface.name, $0.key, $0.value) } }
    }

    /// Whether taps could not be opened on the interface with this index, when that was tried last.
    func isFailing(_ index: Int32) -> Bool { (links[index]?.attempts ?? 0) > 0 }

    /// The captures, by name, that cannot run on the interface with this index.
    func refused(on index: Int32) -> Set<String> { Set(links[index]?.refusals.keys.map { $0 } ?? []) }

    /// An interface is there, or has changed. `tapped` is the interface as the taps that are open on it know it.
    mutating func present(_ interface: Interface, tapped: Interface?) -> [Effect] {
        let before = links[interface.index]?.interface
        guard before != interface else { return [] }
        links[interface.index, default: Link(interface: interface)].interface = interface
        if before?.isStill(interface) != true || !interface.isUp { links[interface.index]?.refusals = [:] }
        var effects: [Effect] = []
        // A tap's segments carry the name it started with, and one kind of frames: with others another tap begins.
        if let tapped, !tapped.isStill(interface) {
            let isRenamed = tapped.name != interface.name
            let reason = isRenamed ? "is now \(interface.name)" : "has frames of another kind now"
            effects += Interfaces.close(tapped, because: reason)
        }
        return effects + open(interface) + tellWaiting()
    }

    /// Asks for taps on an interface that is up, and says where its frames are of a kind that no tap takes.
    private func open(_ interface: Interface) -> [Effect] {
        guard interface.isUp else { return [] }
        guard interface.linkType == nil else { return [.open(interface.index)] }
        guard captures.contains(where: { $0.interface.matches(interface) }) else { return [] }
        let error = TapError.unknownLinkType(interface)
        let fields = Logger.Metadata.about(.failed, interface: interface.name, cause: error.cause)
        return [.say(Notice(.notice, "\(error)", fields))]
    }

    /// An interface is gone.
    mutating func removed(_ index: Int32, tapped: Interface?) -> [Effect] {
        guard links.removeValue(forKey: index) != nil else { return [] }
        return (tapped.map { Interfaces.close($0, because: "is gone") } ?? []) + tellWaiting()
    }

    /// The time to try again has come.
    mutating func retry(_ index: Int32) -> [Effect] {
        links[index]?.isRetrying = false
        return links[index].map { open($0.interface) } ?? []
    }

    /// Taps have been opened on an interface. `refused` says which captures cannot run there, and why.
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

    /// Taps could not be opened on an interface: it is tried again, less and less often: after 1, 2, 4 seconds, in the end
    /// once a minute. What else fails there meanwhile is tried again then, too.
    mutating func failed(_ index: Int32, _ error: TapError) -> [Effect] {
        guard let link = links[index] else { return [] }
        let fields = Logger.Metadata.about(.failed, interface: link.interface.name, cause: error.cause)
        guard !link.isRetrying else { return [.say(Notice(.error, "\(error); tried again soon", fields))] }
        let pause = min(1 << min(link.attempts, 6), Interfaces.longestPause)
        links[index]?.isRetrying = true
        links[index]?.attempts += 1
        return [
            .say(Notice(.error, "\(error); tried again in \(pause) s", fields)), .retry(index, after: pause),
        ]
    }

    /// Other captures are wanted; what could not be before is tried again by the reload itself.
    mutating func reloaded(_ captures: [Settings.Capture]) -> [Effect] {
        self.captures = captures
        for index in links.keys { links[index]?.refusals = [:] }
        return tellWaiting()
    }

    /// Tells once for each capture that it has no interface, until it has one.
    mutating func tellWaiting() -> [Effect] {
        var effects: [Effect] = []
        for capture in captures {
            let (name, interface) = (capture.rule.name, capture.interface)
            if links.values.contains(where: { $0.interface.isUp && interface.matches($0.interface) }) {
                waiting.remove(name)
            } else if waiting.insert(name).inserted {
                let text = "capture \(name) waits for interface \(interface.text), which is not there or down"
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
