import Capture

/// The log's sentences about packets. Counts have the same names here as everywhere: `name=value`.
enum Report {
    static func line(_ counts: TapCounts) -> String {
        "received=\(counts.received) drained=\(counts.drained) ring_dropped=\(counts.ringDropped) "
            + "ring_freezes=\(counts.ringFreezes)"
    }

    static func line(_ counts: CaptureCounts) -> String {
        "matched=\(counts.matched) written=\(counts.written) hold_dropped=\(counts.holdDropped) "
            + "disk_dropped=\(counts.diskDropped) truncated=\(counts.truncated)"
    }

    static func sealed(_ segment: SealedSegment, _ capture: CaptureCounts, _ tap: TapCounts) -> String {
        "sealed \(segment.path): packets=\(segment.packets) bytes=\(segment.size) first=\(segment.first) "
            + "last=\(segment.last); \(name(segment.source)) so far: \(line(capture)); its tap: \(line(tap))"
    }

    static func name(_ source: CaptureSource) -> String { "capture \(source.capture) on \(source.interface)" }
}
