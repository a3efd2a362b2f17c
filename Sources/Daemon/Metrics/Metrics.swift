import Control
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
        interfaces(status)
        times(status)
        coverage(status)
        process(status)
    }

    private mutating func about(_ status: Status) {
        output.add("build_info", .gauge, "The daemon's release.", [Sample(1, ["version": status.version])])
        output.add(
            "uptime_seconds", .gauge, "How long the daemon has run, by a clock that nobody sets.",
            [Sample(status.uptimeSeconds)])
        let configuration = status.configuration
        output.add(
            "configuration_loaded_timestamp_seconds", .gauge, "When the configuration in force was read.",
            [Sample(configuration.loaded.secondsSince1970)])
        output.add(
            "reloads_total", .counter, "How often the configuration was read again, by what came of it.",
            [
                Sample(configuration.reloads, ["result": "in_force"]),
                Sample(configuration.failedReloads, ["result": "refused"]),
            ])
    }

    private mutating func log(_ status: Status) {
        output.add(
            "log_dropped_total", .counter, "Log lines dropped, as the log's reader was too slow.",
            [Sample(status.logDropped ?? 0)])
    }

    private mutating func captures(_ status: Status) {
        output.add(
            "capture_state", .gauge, "1 for what a capture does, 0 for what it does not.",
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
            "Sealed segments that retention has removed: for a limit of keep, for free-space, or for inodes.",
            status.captures.flatMap { capture in
                capture.storage.removed.map { Sample($0.segments, ["capture": capture.name, "reason": $0.reason]) }
            })
        output.add(
            "misdated_segments", .gauge, "Sealed segments named ahead of the clock.",
            status.captures.map { Sample(UInt64($0.storage.misdated), ["capture": $0.name]) })
        output.add(
            "orphaned_segments", .gauge,
            "Sealed segments in a capture's directory of captures that do not write there.",
            status.captures.map { capture in
                Sample(UInt64(capture.storage.orphans.map(\.segments).reduce(0, +)), ["capture": capture.name])
            })
        output.add(
            "disk_used_bytes", .gauge, "Bytes in sealed and open segments.",
            status.captures.map { Sample(Double($0.diskUsed), ["capture": $0.name]) })
        output.add(
            "disk_free_bytes", .gauge, "Bytes that are free on the file system of a capture's directory.",
            status.captures.compactMap { capture in
                capture.storage.freeBytes.map { Sample($0, ["capture": capture.name]) }
            })
        output.add(
            "disk_reserve_bytes", .gauge, "Bytes of them that captures leave alone (free-space).",
            status.captures.map { Sample($0.storage.reserveBytes, ["capture": $0.name]) })
        output.add(
            "oldest_packet_timestamp_seconds", .gauge, "When the first packet of the oldest segment came.",
            status.captures.compactMap { capture in
                capture.storage.oldest.map { Sample($0.secondsSince1970, ["capture": capture.name]) }
            })
        output.add(
            "newest_packet_timestamp_seconds", .gauge, "When the last packet came, since the daemon started.",
            status.sources.compactMap { source in
                source.status.newest.map { Sample($0.secondsSince1970, source.labels) }
            })
    }

    private mutating func packets(_ status: Status) {
        let sources = status.sources
        output.add(
            "matched_packets_total", .counter, "Packets for a capture.",
            sources.map { Sample($0.status.matched, $0.labels) })
        output.add(
            "matched_bytes_total", .counter, "Bytes of packets for a capture, on the wire.",
            sources.map { Sample($0.status.packetSizes.sum, $0.labels) })
        output.add(
            "written_packets_total", .counter, "Packets in segments.",
            sources.map { Sample($0.status.written, $0.labels) })
        output.add(
            "written_bytes_total", .counter, "Bytes written to segments.",
            sources.map { Sample($0.status.writtenBytes, $0.labels) })
        output.add(
            "truncated_packets_total", .counter, "Packets cut by snap-length: not lost, only shorter.",
            sources.map { Sample($0.status.truncated, $0.labels) })
        output.add(
            "lost_packets_total", .counter,
            "Packets that the kernel had accepted and that are in no segment, by cause: the ring was full, no buffer was free, "
                + "or the disk did not take them.",
            status.interfaces.map {
                Sample($0.ringDropped, ["interface": $0.interface, "cause": "ring_dropped"])
            } + sources.map { Sample($0.status.holdDropped, $0.labels.with("cause", "hold_dropped")) }
                + sources.map { Sample($0.status.diskDropped, $0.labels.with("cause", "disk_dropped")) })
        output.add(
            "in_flight_packets", .gauge, "Packets for a capture that are in buffers, on their way.",
            sources.map { Sample(Double($0.status.inFlight), $0.labels) })
    }

    private mutating func interfaces(_ status: Status) {
        func samples(_ value: (InterfaceStatus) -> UInt64) -> [Sample] {
            status.interfaces.map { Sample(value($0), ["interface": $0.interface]) }
        }
        output.add(
            "received_packets_total", .counter, "Packets that filters accepted in the kernel, lost ones included.",
            samples(\.received))
        output.add("drained_packets_total", .counter, "Packets taken out of the kernel's ring.", samples(\.drained))
        output.add("ring_freezes_total", .counter, "How often the ring was found full.", samples(\.ringFreezes))
        output.add("taps", .gauge, "Packet sockets that are open.", samples { UInt64($0.taps.count) })
        output.add(
            "ring_size_bytes", .gauge, "Memory of the rings.",
            samples { UInt64($0.taps.map(\.ringBytes).reduce(0, +)) })
    }

    private mutating func times(_ status: Status) {
        output.add(
            "ring_fill_ratio", "How much of the ring was full whenever a block was taken out, in eighths, rounded up.",
            status.buckets.ratio,
            status.interfaces.map { (["interface": $0.interface], $0.ringFill) })
        output.add(
            "hold_wait_seconds", "How long no buffer was free when one was needed.", status.buckets.seconds,
            status.sources.map { ($0.labels, $0.status.holdWaits) })
        output.add(
            "write_seconds", "How long it took to write a buffer to its segment.", status.buckets.seconds,
            status.sources.map { ($0.labels, $0.status.writes) })
        output.add(
            "flush_age_seconds", "How long the oldest packet of a buffer had waited when it was written.",
            status.buckets.seconds,
            status.sources.map { ($0.labels, $0.status.flushAges) })
    }
}

extension Status {
    /// Each capture on each interface.
    fileprivate var sources: [(labels: Labels, status: SourceStatus)] {
        captures.flatMap { capture in
            capture.interfaces.map { (["capture": capture.name, "interface": $0.interface], $0) }
        }
    }
}
