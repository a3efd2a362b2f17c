import Glibc
import Linux

/// Reports new, changed and removed interfaces, from a thread that sleeps until the kernel reports one.
///
/// Reports are rate-limited: a few at once, then ten per second, each with the newest state. Each tap that is opened
/// for a change costs memory until it has ended.
final class LinkWatcher: Sendable {
    private let stop: WakeupFlag
    private let thread: DedicatedThread

    /// Starts the thread. `report` first gets every existing interface and the removal of those in `interfaces` that
    /// no longer exist, and then every change.
    init(
        after interfaces: [Interface], report: @escaping @Sendable (LinkChange) -> Void
    ) throws(SystemError) {
        let stop = try WakeupFlag()
        var links = try LinkSocket()
        try links.requestAll()
        let known = Set(interfaces.map(\.index))
        self.stop = stop
        thread = try DedicatedThread("links", state: links) { links in
            var watch = Watch(links: links, known: known, report: report)
            watch.run(until: stop)
        }
    }

    deinit { stop.raise() }
}

/// The state of the thread.
private struct Watch: ~Copyable {
    /// Nanoseconds between two reports on average, and the burst that is allowed ahead of that pace.
    private static let (pause, lead): (UInt64, UInt64) = (100_000_000, 900_000_000)

    var links: LinkSocket
    let report: @Sendable (LinkChange) -> Void
    /// The interfaces that exist.
    private var known: Set<Int32>
    /// Interfaces in the current answer; nil if no request is open.
    private var answered: Set<Int32>? = []
    /// Unreported changes by interface.
    private var news: [Int32: News] = [:]
    /// The time of the next report at the average pace, by the monotonic clock.
    private var due: UInt64 = 0

    private struct News {
        /// Whether it was removed meanwhile, if only for a moment. Its taps are then useless.
        var wasRemoved = false
        /// Its current state; nil if it does not exist.
        var interface: Interface?
    }

    init(links: consuming LinkSocket, known: Set<Int32>, report: @escaping @Sendable (LinkChange) -> Void) {
        self.links = links
        (self.known, self.report) = (known, report)
    }

    mutating func run(until stop: WakeupFlag) {
        var isBlind = false
        while !stop.isRaised {
            // After a failure, such as a lack of kernel memory, it requests everything again, but not at once.
            let timeout = isBlind ? .nanosecondsPerSecond : news.isEmpty ? nil : Watch.pause
            let ready = poll([isBlind ? -1 : links.number, stop.number, -1], timeout: timeout)
            do throws(SystemError) {
                if isBlind { try take(.missed) }
                isBlind = false
                if ready[0] != 0 { for change in try links.receive() { try take(change) } }
            } catch {
                isBlind = true
            }
            let now = Clock.monotonic()
            if !news.isEmpty, due <= now + Watch.lead {
                due = max(due, now) + Watch.pause
                tell()
            }
        }
    }

    private mutating func take(_ change: LinkChange) throws(SystemError) {
        switch change {
        case .present(let interface):
            known.insert(interface.index)
            answered?.insert(interface.index)
            news[interface.index, default: News()].interface = interface
        case .removed(let index):
            known.remove(index)
            news[index] = News(wasRemoved: true)
        case .missed:
            answered = []
            try links.requestAll()
        case .complete:
            for index in known.subtracting(answered ?? known) { try take(.removed(index)) }
            answered = nil
        }
    }

    private mutating func tell() {
        for (index, news) in news where news.wasRemoved { report(.removed(index)) }
        for news in news.values { if let interface = news.interface { report(.present(interface)) } }
        news = [:]
    }
}
