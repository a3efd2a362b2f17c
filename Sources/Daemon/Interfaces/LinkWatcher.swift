import Glibc
import Linux

/// Tells which interfaces come, change and go, from a thread that sleeps until the kernel says so.
///
/// What changes again and again is told a few times at once, then ten times a second, as it is by then: each tap that is
/// opened for it costs memory until it has ended.
final class LinkWatcher: Sendable {
    private let stop: WakeupFlag
    private let thread: DedicatedThread

    /// Starts to watch. `report` first gets every interface there is, and those of `interfaces` that are not any more, then every
    /// change.
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

/// What the thread knows.
private struct Watch: ~Copyable {
    /// Nanoseconds from one report to the next, in the long run, and how far they may run ahead.
    private static let (pause, lead): (UInt64, UInt64) = (100_000_000, 900_000_000)

    var links: LinkSocket
    let report: @Sendable (LinkChange) -> Void
    /// Interfaces that are there.
    private var known: Set<Int32>
    /// Named since all were asked for; nil when nothing was asked.
    private var answered: Set<Int32>? = []
    /// What has not been reported yet, by interface.
    private var news: [Int32: News] = [:]
    /// When the next report were due, had all before kept their pace, by the monotonic clock.
    private var due: UInt64 = 0

    private struct News {
        /// It was gone, if only for a moment: what was open on it is of no use.
        var wasRemoved = false
        /// What it is now.
        var interface: Interface?
    }

    init(links: consuming LinkSocket, known: Set<Int32>, report: @escaping @Sendable (LinkChange) -> Void) {
        self.links = links
        (self.known, self.report) = (known, report)
    }

    mutating func run(until stop: WakeupFlag) {
        var isBlind = false
        while !stop.isRaised {
            // After a failure (the kernel lacks memory, or worse) everything is asked for again, but not at once.
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
