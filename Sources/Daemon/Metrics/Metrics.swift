import Control
import Counters
import Linux

/// The status in Prometheus' text format: each family of samples has a help text, a type and a unit. See
/// prometheus.io, "Exposition formats"; for the suffixes of names, "Metric and label naming".
struct Metrics {
    var output = PrometheusText()
    var text: String { output.text }

    init(of status: Status) {
        about(status)
        log(status)
        captures(status)
        packets(status)
        taps(status)
        times(status)
        coverage(status)
        process(status)
    }

    private mutating func about(_ status: Status) {
        output.add("build_info", .gauge, "The version of the daemon.", [Sample(1, ["version": status.version])])
        output.add(
            "uptime_seconds", .gauge, "Time since the daemon's start, by the monotonic clock.",
            [Sample(status.uptimeSeconds)])
        let configuration = status.configuration
        output.add(
            "configuration_loaded_timestamp_seconds", .gauge, "When the daemon read the current configuration.",
            [Sample(configuration.loaded.secondsSince1970)])
        output.add(
            "reloads_total", .counter, "Reloads of the configuration, by result.",
            [
                Sample(configuration.reloads, ["result": "in_force"]),
                Sample(configuration.failedReloads, ["result": "refused"]),
            ])
    }

    private mutating func log(_ status: Status) {
        output.add(
            "log_dropped_total", .counter, "Log lines dropped because the log's reader was too slow.",
            [Sample(status.logDropped ?? 0)])
    }

    private mutating func captures(_ status: Status) {
        output.add(
            "capture_state", .gauge, "1 for the current state of a capture, 0 for every other state.",
            status.captures.flatMap { capture in
                CaptureState.allCases.filter { $0 != .ended }.map { state in
                    Sample(capture.state == state ? 1 : 0, ["capture": capture.name, "state": state.rawValue])
                }
            })
        output.add(
            "segments", .gauge, "Sealed segments.",
            status.captures.map { Sample(UInt64($0.storage.segments), ["capture": $0.name]) })
        output.add(
            "removed_segments_total", .counter,
            "Sealed segments that retention removed, by reason: a limit of keep, free-space, or inodes.",
            status.captures.flatMap { capture in
                capture.storage.removed.map { Sample($0.segments, ["capture": capture.name, "reason": $0.reason]) }
            })
        output.add(
            "misdated_segments", .gauge, "Sealed segments whose names are ahead of the clock.",
            status.captures.map { Sample(UInt64($0.storage.misdated), ["capture": $0.name]) })
        output.add(
            "orphaned_segments", .gauge,
            "Sealed segments in a capture's directory that belong to captures that do not write there.",
            status.captures.map { capture in
                Sample(UInt64(capture.storage.orphans.map(\.segments).reduce(0, +)), ["capture": capture.name])
            })
        output.add(
            "disk_used_bytes", .gauge, "Size of the sealed and open segments.",
            status.captures.map { Sample(Double($0.diskUsed), ["capture": $0.name]) })
        output.add(
            "disk_free_bytes", .gauge,
            "Free space on the file system of a capture's directory, including the free-space reserve.",
            status.captures.compactMap { capture in
                capture.storage.freeBytes.map { Sample($0, ["capture": capture.name]) }
            })
        output.add(
            "disk_reserve_bytes", .gauge, "Free-space reserve of the file system of a capture's directory.",
            status.captures.map { Sample($0.storage.reserveBytes, ["capture": $0.name]) })
        output.add(
            "oldest_packet_timestamp_seconds", .gauge, "Timestamp of the first packet in the oldest segment.",
            status.captures.compactMap { capture in
                capture.storage.oldest.map { Sample($0.secondsSince1970, ["capture": capture.name]) }
            })
        output.add(
            "newest_packet_timestamp_seconds", .gauge, "Timestamp of the newest packet since the daemon's start.",
            status.sources.compactMap { source in
                source.status.newest.map { Sample($0.secondsSince1970, source.labels) }
            })
    }

    /// The counters of both tables, and the bytes and packets beside them.
    private mutating func packets(_ status: Status) {
        let (taps, sources) = (status.tapped, status.sources)
        counters(taps)
        counters(sources)
        let causes =
            TapCounter.losses.map { "\($0.name): \($0.row.help)" }
            + CaptureCounter.losses.map { "\($0.name): \($0.row.help)" }
        output.add(
            "lost_packets_total", .counter,
            "Packets that the kernel accepted and that are in no segment, by cause. \(causes.joined(separator: " "))",
            Metrics.losses(taps) + Metrics.losses(sources))
        output.add(
            "in_flight_packets", .gauge, "Packets in buffers, not written yet.",
            sources.map { Sample($0.status.inFlight, $0.labels) })
        output.add(
            "matched_bytes_total", .counter, "Bytes of matched packets on the wire.",
            sources.map { Sample($0.status.packetSizes.sum, $0.labels) })
        output.add(
            "written_bytes_total", .counter, "Bytes written to segments.",
            sources.map { Sample($0.status.writtenBytes, $0.labels) })
    }

    private typealias Counted<Fields: StatusFields> = (labels: Labels, status: CountedStatus<Fields>)

    /// A family for each counter of a table, except those of drops.
    private mutating func counters<Fields>(_ all: [Counted<Fields>]) {
        for counter in Fields.Counter.allCases where counter.row.role != .loss {
            let name = counter.row.unit == .packets ? "\(counter.name)_packets_total" : "\(counter.name)_total"
            output.add(name, .counter, counter.row.help, all.map { Sample($0.status[counter], $0.labels) })
        }
    }

    /// The drops of a table. All causes share one family.
    private static func losses<Fields>(_ all: [Counted<Fields>]) -> [Sample] {
        Fields.Counter.losses.flatMap { counter in
            all.map { Sample($0.status[counter], $0.labels.with("cause", counter.name)) }
        }
    }

    private mutating func taps(_ status: Status) {
        output.add(
            "taps", .gauge, "Open taps, each of which is a packet socket.",
            status.tapped.map { Sample($0.status.taps.count, $0.labels) })
        output.add(
            "ring_size_bytes", .gauge, "Memory of the rings.",
            status.tapped.map { Sample($0.status.taps.map(\.ringBytes).reduce(0, +), $0.labels) })
    }

    private mutating func times(_ status: Status) {
        output.add(
            "ring_fill_ratio", "Fill level of the ring each time the daemon took a block, rounded up to eighths.",
            status.buckets.ratio, status.tapped.map { ($0.labels, $0.status.ringFill) })
        output.add(
            "hold_wait_seconds", "How long no buffer was free when a capture needed one.", status.buckets.seconds,
            status.sources.map { ($0.labels, $0.status.holdWaits) })
        output.add(
            "write_seconds", "Duration of writing a hold buffer to its segment.", status.buckets.seconds,
            status.sources.map { ($0.labels, $0.status.writes) })
        output.add(
            "flush_age_seconds", "Age of the oldest packet in a hold buffer when the writer wrote the buffer.",
            status.buckets.seconds, status.sources.map { ($0.labels, $0.status.flushAges) })
    }
}

extension Status {
    /// Each interface that has or had a tap.
    fileprivate var tapped: [(labels: Labels, status: InterfaceStatus)] {
        interfaces.map { (["interface": $0.interface], $0) }
    }

    /// Each capture on each interface.
    fileprivate var sources: [(labels: Labels, status: SourceStatus)] {
        captures.flatMap { capture in
            capture.interfaces.map { (["capture": capture.name, "interface": $0.interface], $0) }
        }
    }
}
