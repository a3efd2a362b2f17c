import Glibc
import Linux

/// Tells which interfaces come, change and go, from a thread that sleeps until the kernel says so.
final class LinkWatcher: Sendable {
    private let stop: Event
    private let thread: DedicatedThread

    /// Starts to watch. `report` first gets every interface there is, then every change.
    init(report: @escaping @Sendable (LinkChange) -> Void) throws(SystemError) {
        let stop = try Event()
        var links = try LinkSocket()
        try links.requestAll()
        self.stop = stop
        thread = try DedicatedThread("links", state: links) { links in
            var watch = Watch(links: links, report: report)
            watch.run(until: stop)
        }
    }

    deinit { stop.raise() }
}

/// What the thread knows.
private struct Watch: ~Copyable {
    var links: LinkSocket
    let report: @Sendable (LinkChange) -> Void
    /// Reported as present.
    private var known: Set<Int32> = []
    /// Named since all were asked for; nil when nothing was asked.
    private var answered: Set<Int32>? = []

    init(links: consuming LinkSocket, report: @escaping @Sendable (LinkChange) -> Void) {
        self.links = links
        self.report = report
    }

    mutating func run(until stop: Event) {
        var isBlind = false
        while !stop.isRaised {
            // After a failure (the kernel lacks memory, or worse) everything is asked for again, but not at once.
            let ready = poll([isBlind ? -1 : links.number, stop.number, -1], timeout: isBlind ? 1_000_000_000 : nil)
            do throws(SystemError) {
                if isBlind { try take(.missed) }
                isBlind = false
                if ready[0] != 0 { for change in try links.receive() { try take(change) } }
            } catch {
                isBlind = true
            }
        }
    }

    private mutating func take(_ change: LinkChange) throws(SystemError) {
        switch change {
        case .present(let interface):
            known.insert(interface.index)
            answered?.insert(interface.index)
            report(change)
        case .removed(let index):
            known.remove(index)
            report(change)
        case .missed:
            answered = []
            try links.requestAll()
        case .complete:
            for index in known.subtracting(answered ?? known) { try take(.removed(index)) }
            answered = nil
            report(.complete)
        }
    }
}
