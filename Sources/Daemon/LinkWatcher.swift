import Glibc
import Linux

/// Tells which interfaces come, change and go, from a thread that sleeps until the kernel says so.
final class LinkWatcher: Sendable {
    private let stop: Event
    private let thread: DedicatedThread

    /// Starts to watch. `report` first gets every interface there is, then every change.
    init(report: @escaping @Sendable (LinkChange) -> Void) throws(SystemError) {
        let stop = try Event()
        let links = try LinkSocket()
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
        while !stop.isRaised {
            let ready = poll([links.number, stop.number, -1], timeout: nil)
            guard ready[0] != 0, let changes = try? links.receive() else { continue }
            for change in changes { take(change) }
        }
    }

    private mutating func take(_ change: LinkChange) {
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
            try? links.requestAll()
        case .complete:
            for index in known.subtracting(answered ?? known) { take(.removed(index)) }
            answered = nil
            report(.complete)
        }
    }
}
