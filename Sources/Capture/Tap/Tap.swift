import BPF
import BasicContainers
package import Linux
import Pcap
package import Rules
import SystemPackage

/// An opened tap: an AF_PACKET socket on one interface with its filter and its ring, and the stores that it serves.
///
/// Nothing arrives yet. `start` creates the threads, and only `RunningTap.receive` starts reception. So a tap that
/// lacks a thread or memory never holds a packet.
package struct Tap: ~Copyable {
    private let rule: TapRule
    private let ring: RingGeometry
    private let socket: any TapSocket
    private let commands: TapCommands
    private let counters: TapCounters
    private let pipelines: [CapturePipeline]
    private let classifier: Classifier
    private let drain: DrainLoop

    /// Opens a tap. No packet that its filter rejects enters the ring (I1). `retentions` has one entry per capture.
    package init(_ rule: TapRule, retentions: SegmentCatalogs, sockets: TapSockets) throws(TapError) {
        guard let linkType = rule.interface.linkType else { throw .unknownLinkType(rule.interface) }
        let socket = try Tap.socket(for: rule, from: sockets)
        let classifier: Classifier
        do { classifier = try rule.classifier() } catch {
            throw .filter(error, interface: rule.interface.name)
        }
        let (counters, commands, pipelines): (TapCounters, TapCommands, [CapturePipeline])
        let drain: DrainLoop
        let geometry: RingGeometry
        do throws(SystemError) {
            if rule.ignoresOutgoing { try socket.ignoreOutgoing(true) }
            // The kernel refuses a ring that leaves too little address space for the rest of the tap, and grants a
            // smaller one.
            let rest = try Mapping(reserving: rule.memoryBesidesRing)
            let ring = try socket.makeRing(rule.ring)
            _ = consume rest
            geometry = ring.geometry
            (counters, commands) = (TapCounters(), try TapCommands())
            var stores = UniqueArray<Store>()
            var made: [CapturePipeline] = []
            for capture in rule.captures {
                guard let retention = retentions[capture.rule.name] else { continue }
                let pipeline = try CapturePipeline(capture.rule, retention: retention, interface: rule.interface)
                stores.append(pipeline.store(for: capture.rule, linkType: linkType))
                made.append(pipeline)
            }
            pipelines = made
            if rule.isPromiscuous { try socket.setPromiscuous(true) }
            drain = DrainLoop(
                socket: socket, ring: ring, stores: stores, classifier: classifier, timer: try WallTimer(),
                commands: commands, counters: counters)
        } catch {
            throw .system(error)
        }
        (self.rule, self.socket, ring) = (rule, socket, geometry)
        (self.counters, self.commands, self.pipelines) = (counters, commands, pipelines)
        self.classifier = classifier
        self.drain = drain
    }

    /// Opens a socket with its filter attached. Nothing arrives yet.
    private static func socket(for rule: TapRule, from sockets: TapSockets) throws(TapError) -> any TapSocket {
        let socket: any TapSocket
        do {
            socket = try sockets.open(rule.interface)
        } catch {
            throw error.errno == .notPermitted ? .notPermitted : .system(error)
        }
        do throws(FilterError) {
            try socket.attach(rule.kernelProgram(), passingAllMeanwhile: false)
            // A member of a fan-out group gets every packet until it has joined; this filter rejects them (I1).
            if rule.ring.workers > 1 { try socket.attach(.rejectAll, passingAllMeanwhile: false) }
        } catch {
            throw .filter(error, interface: rule.interface.name)
        }
        return socket
    }

    /// Starts the tap's threads: one drain thread, and one writer per capture. `index` is the tap's number in
    /// `.ended`.
    package consuming func start(_ index: Int, report: @escaping CaptureReport) throws(SystemError) -> StartedTap {
        let ending = TapEnding(index, report: report)
        let drainer: DedicatedThread
        // If a thread cannot be started, the writers that were started before must be released.
        let pipelines = pipelines
        let subject = LossSubject(tap: index, worker: rule.worker, interface: rule.interface.name, capture: nil)
        counters.ringLosses.attach(subject, report: report)
        ending.threadBegins()
        do throws(SystemError) {
            for (place, (pipeline, capture)) in zip(pipelines, rule.captures).enumerated() {
                let cpu = rule.processors.writer(worker: rule.worker, place: place)
                try pipeline.start(
                    capture.rule, worker: rule.worker, tapCounters: counters, ending: ending, cpu: cpu, report: report)
            }
            let cpu = rule.processors.drain(worker: rule.worker)
            drainer = try DedicatedThread("drain \(rule.interface.name)", cpu: cpu, state: drain) { loop in
                loop.run()
                ending.threadEnds()
            }
        } catch {
            for pipeline in pipelines { pipeline.exchange.close() }
            throw error
        }
        return StartedTap(
            rule: rule, ring: ring, socket: socket, commands: commands, counters: counters, pipelines: pipelines,
            classifier: classifier, ending: ending, report: report, drainer: drainer)
    }
}
