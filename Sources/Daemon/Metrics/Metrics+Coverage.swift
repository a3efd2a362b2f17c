import Control
import Linux

/// The metrics of gaps and of the daemon's resources.
extension Metrics {
    mutating func coverage(_ status: Status) {
        let captures = status.captures.compactMap { capture in capture.coverage.map { (capture.name, $0) } }
        output.add(
            "gaps_total", .counter,
            "Episodes since the daemon's start in which a capture lost packets or did not capture, by cause.",
            captures.flatMap { name, coverage in
                GapCause.allCases.map { cause in
                    let count = coverage.counts.first { $0.cause == cause }?.count ?? 0
                    return Sample(count, ["capture": name, "cause": cause.rawValue])
                }
            })
        output.add(
            "open_gaps", .gauge, "Open episodes of a capture, by cause.",
            captures.flatMap { name, coverage in
                GapCause.allCases.map { cause in
                    let count = coverage.open.count { $0.cause == cause }
                    return Sample(UInt64(count), ["capture": name, "cause": cause.rawValue])
                }
            })
        output.add(
            "last_loss_timestamp_seconds", .gauge,
            "When a capture last lost a packet since the daemon's start; 0 if it lost none.",
            captures.map { name, coverage in Sample(coverage.lastLoss?.secondsSince1970 ?? 0, ["capture": name]) })
        output.add(
            "ledger_failed", .gauge, "1 while the daemon cannot write the ledger of a capture, else 0.",
            captures.map { Sample($1.ledgerFailure == nil ? 0 : 1, ["capture": $0]) })
        output.add(
            "disk_stalled_seconds", .gauge,
            "For how long the disk has not answered a capture's writer; 0 if it answers.",
            status.captures.flatMap { capture in
                capture.interfaces.filter { $0.state != .ended }.map {
                    Sample($0.stalledSeconds ?? 0, ["capture": capture.name, "interface": $0.interface])
                }
            })
    }

    /// Uses the names of Prometheus' own client libraries.
    mutating func process(_ status: Status) {
        guard let usage = status.usage else { return }
        func add(_ name: String, _ kind: PrometheusText.MetricType, _ meaning: String, _ value: Double?) {
            output.add(name, kind, meaning, value.map { [Sample($0)] } ?? [], prefix: "process_")
        }
        add("cpu_seconds_total", .counter, "CPU time of the daemon, user and system.", usage.cpuSeconds)
        add("start_time_seconds", .gauge, "When the daemon started.", usage.started.secondsSince1970)
        add("resident_memory_bytes", .gauge, "Resident memory of the daemon.", usage.residentBytes.map(Double.init))
        add("open_fds", .gauge, "Open file descriptors.", usage.openFiles.map(Double.init))
        add("max_fds", .gauge, "Limit of open file descriptors.", usage.maxFiles.map(Double.init))
        add("threads", .gauge, "Threads of the daemon.", usage.threads.map(Double.init))
        output.add(
            "buffers_size_bytes", .gauge, "Maximum memory of the captures' buffers.", [Sample(usage.bufferBytes)])
    }
}
