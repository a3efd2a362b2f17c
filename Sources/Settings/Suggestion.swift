/// Suggests the known word that an unknown one probably stands for.
package enum Suggestion {
    /// ` (did you mean 'filter'?)`, or an empty text if no candidate is close.
    ///
    /// `byMeaning` also considers synonyms. It is meant for Holdfast's own words, not for names that an operator
    /// chose.
    package static func hint(
        for word: String, among candidates: some Sequence<String>, byMeaning: Bool = false
    ) -> String {
        let candidates = Array(candidates)
        let meant = nearest(to: word, among: candidates) ?? (byMeaning ? synonym(of: word, among: candidates) : nil)
        return meant.map { " (did you mean '\($0)'?)" } ?? ""
    }

    /// The candidate that other programs call `word`.
    private static func synonym(of word: String, among candidates: [String]) -> String? {
        let word = word.lowercased().filter { $0 != "-" && $0 != "_" }
        return synonyms.first { $0.words.contains(word) && candidates.contains($0.name) }?.name
    }

    /// The closest candidate: at most two edits away, or one for a short word, which two edits can turn into any
    /// other.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let limit = word.count <= 4 ? 1 : 2
        return
            candidates
            .map { (candidate: $0, distance: distance(Array(word), Array($0))) }
            .filter { $0.distance <= limit }
            .min { $0.distance < $1.distance }?
            .candidate
    }

    /// The number of insertions, deletions, substitutions and transpositions of neighbours between two words (optimal
    /// string alignment).
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }

    /// The words of tcpdump, dumpcap, Suricata, systemd and others for Holdfast's keys, words and commands; in lower
    /// case, without dashes.
    private static let synonyms: [(name: String, words: Set<String>)] = [
        // Keys.
        ("interface", ["iface", "if", "nic", "device", "dev", "port", "link", "adapter", "network"]),
        ("filter", ["expression", "expr", "bpf", "bpffilter", "capturefilter", "match"]),
        ("snap-length", ["snaplen", "snapshotlength", "caplen", "capturelength", "truncate", "maxlength", "mtu"]),
        ("promiscuous", ["promisc", "promiscmode"]),
        ("precision", ["timestamp", "timestampprecision", "tstampprecision", "resolution"]),
        ("format", ["filetype", "type", "fileformat"]),
        ("compress", ["compression", "zip", "gzip", "zstd"]),
        ("directory", ["dir", "path", "folder", "output", "outputdir", "logdir", "location"]),
        ("rotate", ["rotation", "roll", "rollover", "split", "limit"]),
        ("keep", ["retention", "retain", "expire", "expiry", "delete", "purge", "ringbuffer"]),
        ("age", ["maxage", "days", "ttl", "lifetime"]),
        ("every", ["interval", "period", "time", "seconds", "duration", "hourly", "minutes"]),
        ("size", ["bytes", "filesize", "maxsize", "length"]),
        ("files", ["maxfiles", "number"]),
        ("packets", ["maxpackets", "count"]),
        ("count", ["number"]),
        ("free-space", ["minfree", "diskfree", "reserve", "minfreespace", "keepfree"]),
        ("workers", ["threads", "fanout", "queues", "sockets"]),
        ("cpus", ["affinity", "cores", "processors", "pinning"]),
        ("timeout", ["tov", "blocktimeout", "readtimeout"]),
        ("flush", ["flushinterval", "flushtimeout"]),
        ("sync", ["fsync", "fdatasync", "durability"]),
        ("listen", ["address", "bind", "addr", "port"]),
        ("metrics", ["prometheus", "exporter", "stats"]),
        ("control", ["api", "socket", "management"]),
        ("socket", ["path", "unix"]),
        ("user", ["runas", "owner", "uid", "username"]),
        ("sandbox", ["landlock", "chroot", "seccomp"]),
        // Words.
        ("true", ["yes", "on", "1", "y", "enable", "enabled"]),
        ("false", ["no", "off", "0", "n", "none", "disable", "disabled"]),
        ("in", ["ingress", "rx", "received", "incoming", "inbound"]),
        ("out", ["egress", "tx", "sent", "outgoing", "outbound"]),
        ("both", ["any", "inout", "all"]),
        ("nano", ["nanosecond", "nanoseconds", "ns"]),
        ("micro", ["microsecond", "microseconds", "us", "usec"]),
        ("none", ["off", "no", "false", "never"]),
        ("zstd", ["zst", "gz", "gzip", "lz4", "xz", "on", "yes", "true"]),
        ("pcapng", ["ng", "ntar"]),
        ("pcap", ["libpcap", "tcpdump", "cap"]),
        // Commands.
        ("status", ["stats", "stat", "show", "info", "state", "counters", "ps"]),
        ("top", ["monitor", "live", "watch", "htop", "follow"]),
        ("reload", ["hup", "refresh", "apply", "reconfigure"]),
        ("rotate", ["flush", "split", "close", "seal", "roll"]),
        ("files", ["ls", "list", "dir", "segments", "captures", "find"]),
        ("gaps", ["loss", "losses", "drops", "coverage", "ledger"]),
        ("check", ["validate", "lint", "test", "configtest", "verify", "syntax"]),
        ("filter", ["bpf", "expression", "compile", "assemble", "run"]),
        ("compile", ["build", "show"]),
        ("disassemble", ["dump", "decode"]),
        ("verify", ["check", "validate"]),
        ("run", ["test", "try", "apply", "match"]),
        ("trace", ["debug", "step", "explain"]),
    ]
}
