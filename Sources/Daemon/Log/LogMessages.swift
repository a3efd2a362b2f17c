import BPF
import Capture
import Counters
import Linux
import Logging
import Rules
import Segments
import SystemPackage

/// The messages of log lines about packets. Counters have the same names as everywhere: `name=value`.
enum LogMessages {
    static func line(_ counts: Counts<some Counter>) -> String { LogFields(counts).text }

    /// The tap of each capture on an interface that needs several, since each tap costs the host time; nil for one
    /// tap.
    static func taps(_ rules: [TapRule]) -> String? {
        guard rules.count > 1 else { return nil }
        let parts = rules.map { rule in
            let names = rule.captures.map(\.rule.name)
            guard names.count == 1 else {
                return "one for \(names.count) captures, from \(names[0]) to \(names[names.count - 1])"
            }
            return "one for capture \(names[0])"
                + (rule.captures[0].filter.isReproducible ? "" : ", whose filter needs data that only the kernel has")
        }
        return "\(rules[0].interface.name) needs \(rules.count) taps: \(parts.joined(separator: "; "))"
    }

    static func sealed(_ segment: SegmentSummary, _ capture: CaptureCounts, _ tap: TapCounts) -> String {
        "sealed \(segment.path): \(LogFields(contentOf: segment).text); "
            + "\(name(segment.source)) so far: \(line(capture)); its tap: \(line(tap))"
    }

    static func removed(_ segment: SegmentSummary) -> String {
        "another process deleted the open segment of \(name(segment.source)): packets=\(segment.packets) are lost; "
            + "its sealed path would be \(segment.path)"
    }

    /// Why retention removed a segment, and for which capture.
    static func removed(_ removal: Removal) -> String {
        let reason =
            switch removal.reason {
            case .size, .files, .age: "keep.\(removal.reason.rawValue)"
            case .freeSpace, .inodes: removal.reason.rawValue
            }
        let beneficiary = removal.beneficiary.map { $0 == removal.capture ? "" : " for capture \($0)" } ?? ""
        return "capture \(removal.capture): removed \(removal.path): bytes=\(removal.size) reason=\(reason)"
            + beneficiary
    }

    static func buffered(_ source: CaptureSource, _ directory: String, because reason: Errno) -> String {
        let why =
            reason == .invalidArgument || reason == .notSupportedOnSocket
            ? "the file system of \(directory) has no direct I/O" : "cannot open its segment for direct I/O: \(reason)"
        return "\(name(source)): \(why); writing takes more processor time"
    }

    static func line(_ repair: Repair) -> String {
        switch repair.outcome {
        case .sealed(let cut):
            "repaired \(repair.path), left open by a crash: packets=\(repair.packets) bytes=\(repair.size) cut=\(cut)"
        case .removed: "removed \(repair.path), left open by a crash: it contains no intact packet"
        case .unreadable: "left \(repair.path) unchanged after a crash: it does not start as a capture file"
        case .failed(let error): "left \(repair.path) unchanged after a crash: \(error); the next start tries again"
        }
    }

    /// Messages about the contents of a directory.
    static func notices(of found: Adoption) -> [(JournalEvent, String)] {
        var notices: [(JournalEvent, String)] = []
        let misdated = found.misdated()
        if misdated > 0 {
            notices.append(
                (
                    .misdated,
                    "segments=\(misdated) in \(found.path) are named ahead of the clock, which was wrong then or is "
                        + "now; they expire before those sealed from now on"
                ))
        }
        for other in found.others {
            notices.append(
                (
                    .orphans,
                    "\(found.path) has segments=\(other.segments) bytes=\(other.bytes) of capture \(other.capture), "
                        + "which no retention removes ('holdfast files --orphans' lists them)"
                ))
        }
        if found.openElsewhere > 0 {
            notices.append(
                (
                    .shared,
                    "another process writes segments of this capture into \(found.path); each process counts only its "
                        + "own, so the directory can exceed 'keep': give each its own directory"
                ))
        }
        return notices
    }

    /// The segments that remain of a capture that is no longer configured or writes elsewhere.
    static func line(_ dropped: SegmentCatalog) -> String {
        let holdings = dropped.holdings
        return "capture \(dropped.capture) no longer writes into \(dropped.path): segments=\(holdings.segments) "
            + "bytes=\(holdings.bytes) stay, and no retention removes them ('holdfast files --orphans' lists them)"
    }

    static func name(_ source: CaptureSource) -> String { "capture \(source.capture) on \(source.interface)" }
}

extension Logger {
    /// Logs the adoption of a capture's directory: repaired segments, and anything else that concerns the operator.
    /// `isOurs` is true if this process already writes into the directory.
    func tell(_ found: Adoption, isOurs: Bool = false) {
        let capture = found.capture
        for repair in found.repairs {
            var (level, event) = (Logger.Level.notice, JournalEvent.repaired)
            if case .failed = repair.outcome { (level, event) = (.error, .leftOpen) }
            let numbers: LogFields = ["packets": repair.packets, "bytes": repair.size, "file": repair.path]
            log(
                level: level, "capture \(capture): \(LogMessages.line(repair))",
                metadata: .about(event, capture: capture, numbers))
        }
        for (event, notice) in LogMessages.notices(of: found) where event != .shared || !isOurs {
            warning("capture \(capture): \(notice)", metadata: .about(event, capture: capture, cause: found.path))
        }
    }

    /// Logs that segments remain of a capture that is no longer configured, or no longer there.
    func tell(_ dropped: SegmentCatalog) {
        guard dropped.holdings.segments > 0 else { return }
        warning(
            "\(LogMessages.line(dropped))", metadata: .about(.orphans, capture: dropped.capture, cause: dropped.path))
    }
}

extension Notice {
    /// The log line for an event of the data plane; nil if its counters suffice. `advice` returns what an operator
    /// can do.
    init?(_ event: CaptureEvent, advice: (SystemError) -> String) {
        switch event {
        case .sealed(let segment, let capture, let tap):
            let numbers = LogFields(segment) + LogFields(capture) + LogFields(tap)
            self.init(.info, LogMessages.sealed(segment, capture, tap), .about(.sealed, segment.source, numbers))
        case .buffered(let source, let directory, let reason):
            self.init(
                .notice, LogMessages.buffered(source, directory, because: reason),
                .about(.buffered, source, cause: "\(reason)"))
        case .suspended(let source, let error):
            self.init(
                .error,
                "\(LogMessages.name(source)) is suspended; its packets are lost until it resumes: "
                    + "\(error)\(advice(error))",
                .about(.suspended, source, cause: "\(error.errno)"))
        case .resumed(let source, let lost):
            self.init(
                .notice, "\(LogMessages.name(source)) resumes: \(CaptureCounter.diskDropped.name)=\(lost) meanwhile",
                .about(.resumed, source, [CaptureCounter.diskDropped.name: lost]))
        case .removed(let segment):
            self.init(.warning, LogMessages.removed(segment), .about(.removed, segment.source, LogFields(segment)))
        case .leftOpen(let source, let error):
            self.init(
                .error,
                "\(LogMessages.name(source)): \(error); its last segment may still be a .part, which the next start "
                    + "seals",
                .about(.leftOpen, source, cause: "\(error.errno)"))
        case .expired(let removal):
            self.init(
                removal.beneficiary == nil ? .info : .notice, LogMessages.removed(removal),
                .about(
                    .removed, capture: removal.capture, cause: removal.reason.rawValue,
                    ["bytes": removal.size, "file": removal.path]))
        case .retentionFailed(let capture, let error):
            self.init(
                .error, "capture \(capture): \(error); retention tries again",
                .about(.retention, capture: capture, cause: "\(error.errno)"))
        case .lossBegan, .alive, .captureEnded, .ended: return nil
        }
    }
}
