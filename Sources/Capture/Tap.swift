public import BPF
import BasicContainers
public import Linux
import Synchronization
import SystemPackage

/// Why a tap could not be opened: a sentence for the operator.
public enum TapError: Error, CustomStringConvertible {
    /// CAP_NET_RAW is missing.
    case notPermitted
    case unknownLinkType(Interface)
    case filter(FilterError, interface: String)
    case system(SystemError)

    public var description: String {
        switch self {
        case .notPermitted:
            "capturing needs the capability CAP_NET_RAW: run as root, give it to the program (setcap cap_net_raw+ep "
                + "/path/to/holdfastd), or set AmbientCapabilities=CAP_NET_RAW in the systemd unit"
        case .unknownLinkType(let interface):
            "interface \(interface.name) has frames of a kind that cannot be captured (ARPHRD type "
                + "\(interface.hardwareType)); Ethernet, loopback, raw IP and 802.11 with radiotap can"
        case .filter(let error, let interface): "on \(interface): \(error)"
        case .system(let error): "\(error)"
        }
    }
}

/// An AF_PACKET socket on one interface with its filter and its ring, and the stores it serves: open, and already receiving
/// into its ring. `start` gives it its threads.
public struct Tap: ~Copyable, Sendable {
    private let rule: TapRule
    private let ring: RingGeometry
    private let orders: TapOrders
    private let counters: TapCounters
    private let outlets: [Outlet]
    private let drain: DrainLoop

    /// Opens a tap that serves `captures`. No packet that its filter rejects ever enters it.
    public init(_ rule: TapRule, captures: [(rule: CaptureRule, retention: Retention)]) throws(TapError) {
        guard let linkType = rule.interface.linkType else { throw .unknownLinkType(rule.interface) }
        let socket = try Tap.socket(for: rule, snapLength: captures.map(\.rule.snapLength).max() ?? 0)
        let (counters, orders, outlets): (TapCounters, TapOrders, [Outlet])
        let drain: DrainLoop
        let geometry: RingGeometry
        do throws(SystemError) {
            if rule.ignoresOutgoing { try socket.ignoreOutgoing() }
            let ring = try socket.makeRing(rule.ring)
            geometry = ring.geometry
            (counters, orders) = (TapCounters(), try TapOrders())
            outlets = try captures.map { capture throws(SystemError) in
                try Outlet(capture.rule, retention: capture.retention, interface: rule.interface.name)
            }
            var stores = UniqueArray<Store>(minimumCapacity: captures.count)
            for outlet in outlets {
                stores.append(
                    Store(outlet.rule, linkType: linkType, exchange: outlet.exchange, counters: outlet.counters))
            }
            if rule.promiscuous { try socket.becomePromiscuous() }
            try socket.startReception()
            drain = DrainLoop(
                socket: socket, ring: ring, stores: stores, timer: try WallTimer(), orders: orders, counters: counters)
        } catch {
            throw .system(error)
        }
        (self.rule, ring) = (rule, geometry)
        (self.counters, self.orders, self.outlets) = (counters, orders, outlets)
        self.drain = drain
    }

    /// A socket that the filter guards; nothing arrives yet.
    private static func socket(for rule: TapRule, snapLength: UInt32) throws(TapError) -> PacketSocket {
        let socket: PacketSocket
        do {
            socket = try PacketSocket(for: rule.interface)
        } catch {
            throw error.errno == .notPermitted ? .notPermitted : .system(error)
        }
        do {
            try socket.attach(rule.kernelProgram(snapLength: snapLength))
        } catch {
            throw .filter(error, interface: rule.interface.name)
        }
        return socket
    }

    /// Starts the tap's threads: one that drains, one that writes for each capture. `index` names it in `.ended`.
    public consuming func start(_ index: Int, report: @escaping CaptureReport) throws(SystemError) -> RunningTap {
        let ending = TapEnding(index, threads: outlets.count + 1, report: report)
        var writers = UniqueArray<DedicatedThread>(minimumCapacity: outlets.count)
        let drainer: DedicatedThread
        // A thread that cannot be started leaves writers behind that wait for orders: none will come.
        let exchanges = outlets.map(\.exchange)
        do throws(SystemError) {
            for outlet in outlets {
                let loop = WriterLoop(
                    source: outlet.source, rule: outlet.rule, exchange: outlet.exchange, retention: outlet.retention,
                    counters: outlet.counters, tapCounters: counters, report: report)
                let writer = try DedicatedThread("write \(outlet.source.capture)", state: loop) { loop in
                    loop.run()
                    ending.threadEnds()
                }
                writers.append(writer)
            }
            drainer = try DedicatedThread("drain \(rule.interface.name)", state: drain) { loop in
                loop.run()
                ending.threadEnds()
            }
        } catch {
            for exchange in exchanges { exchange.close() }
            throw error
        }
        return RunningTap(
            index: index, rule: rule, ring: ring, orders: orders, counters: counters,
            sources: outlets.map { ($0.source, $0.counters, $0.exchange) }, drainer: drainer, writers: writers)
    }
}

/// One capture's way from the tap to its segments.
private struct Outlet {
    let source: CaptureSource
    let rule: CaptureRule
    let retention: Retention
    let exchange: Exchange
    let counters = CaptureCounters()

    init(_ rule: CaptureRule, retention: Retention, interface: String) throws(SystemError) {
        source = CaptureSource(capture: rule.name, interface: interface)
        (self.rule, self.retention) = (rule, retention)
        exchange = try Exchange(rule.buffers)
    }
}

/// Notices when the last thread of a tap is about to end.
private final class TapEnding: Sendable {
    private let index: Int
    private let threads: Atomic<Int>
    private let report: CaptureReport

    init(_ index: Int, threads: Int, report: @escaping CaptureReport) {
        (self.index, self.report) = (index, report)
        self.threads = Atomic(threads)
    }

    func threadEnds() {
        if threads.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { report(.ended(tap: index)) }
    }
}
