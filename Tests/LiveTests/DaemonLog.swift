/// What a daemon said on standard error, line by line, and the counts in it.
struct DaemonLog {
    let text: String
    /// Without their priorities.
    let lines: [String]

    /// The last words about a capture on an interface.
    struct Capture {
        var name, interface: String
        var matched, written, holdDropped, diskDropped, truncated: Int

        var isBalanced: Bool { matched == written + holdDropped + diskDropped }
        var losses: Int { holdDropped + diskDropped }
    }

    /// And about a tap.
    struct Tap {
        var interface: String
        var received, drained, ringDropped: Int

        var isBalanced: Bool { received == drained + ringDropped }
    }

    init(_ text: String) {
        self.text = text
        lines = text.split(separator: "\n").map { line in
            line.first == "<" ? String(line.drop { $0 != ">" }.dropFirst()) : String(line)
        }
    }

    func lines(containing text: String) -> [String] { lines.filter { $0.contains(text) } }

    /// In the order in which they ended.
    var captures: [Capture] {
        lines(containing: " ended: matched=").map { line in
            let words = line.split(separator: " ")
            let count = DaemonLog.counts(in: line)
            return Capture(
                name: String(words[1]), interface: String(words[3]), matched: count("matched"),
                written: count("written"), holdDropped: count("hold_dropped"), diskDropped: count("disk_dropped"),
                truncated: count("truncated"))
        }
    }

    var taps: [Tap] {
        lines(containing: " ended: received=").map { line in
            let count = DaemonLog.counts(in: line)
            return Tap(
                interface: String(line.split(separator: " ")[2]), received: count("received"),
                drained: count("drained"), ringDropped: count("ring_dropped"))
        }
    }

    /// The last words about the capture `name`, on an interface or on its only one.
    func capture(_ name: String, on interface: String? = nil) -> Capture? {
        captures.last { $0.name == name && $0.interface == interface ?? $0.interface }
    }

    /// Whether every packet is in a file or in a loss counter, and there are counts at all.
    var isBalanced: Bool {
        !taps.isEmpty && !captures.isEmpty && taps.allSatisfy(\.isBalanced) && captures.allSatisfy(\.isBalanced)
    }

    /// Whether each line about a sealed segment says of all packets that were written that they were meant for the capture.
    var knowsWhatIsWritten: Bool {
        lines.filter { $0.hasPrefix("sealed ") }.allSatisfy { line in
            let count = DaemonLog.counts(in: line)
            return count("matched") >= count("written") + count("disk_dropped")
        }
    }

    var ringDropped: Int { taps.map(\.ringDropped).reduce(0, +) }
    var losses: Int { captures.map(\.losses).reduce(ringDropped, +) }

    /// The number after `name=` in a line; -1 when there is none.
    private static func counts(in line: String) -> (String) -> Int {
        let pairs = line.split(separator: " ").map { $0.split(separator: "=") }.filter { $0.count == 2 }
        return { name in pairs.last { $0[0] == name }.flatMap { Int($0[1]) } ?? -1 }
    }
}
