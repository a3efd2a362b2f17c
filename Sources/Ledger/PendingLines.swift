import Control

/// Lines that wait to be written, in bounded memory for as long as the disk refuses.
///
/// An ended episode takes one line, and so does `alive`. If that is still too much, episodes of one cause are merged,
/// together with their packets: sums do not change.
package struct PendingLines: Equatable, Sendable {
    /// The approximate limit of the lines, in bytes.
    package static let limit = 1 << 20
    /// The maximum size of a line in bytes, without its strings.
    private static let lineSize = 300

    private let limit: Int
    package private(set) var lines: [LedgerLine] = []

    package init(limit: Int = PendingLines.limit) { self.limit = limit }

    package var isEmpty: Bool { lines.isEmpty }

    /// The approximate size in bytes.
    var size: Int { lines.count * PendingLines.lineSize }

    package mutating func append(_ line: LedgerLine) {
        switch line.event {
        case .begin, .removed: break
        case .alive, .end:
            let replaced: Set<LedgerLine.Event> = line.event == .end ? [.begin, .alive] : [.alive]
            lines.removeAll { $0.episode == line.episode && replaced.contains($0.event) }
        }
        lines.append(line)
        if size > limit { compact() }
    }

    /// Removes and returns all lines.
    package mutating func takeAll() -> [LedgerLine] {
        defer { lines = [] }
        return lines
    }

    /// Puts lines that could not be written back in front of newer ones.
    package mutating func putBack(_ unwritten: [LedgerLine]) {
        let later = takeAll()
        lines = unwritten
        for line in later { append(line) }
    }

    private struct Kind: Hashable {
        var cause: GapCause?
        var scope: GapScope?
        var interface: String?
        var worker: Int?
    }

    private mutating func compact() {
        merge { Kind(cause: $0.cause, scope: $0.scope, interface: $0.interface, worker: $0.worker) }
        if size > limit / 2 { merge { Kind(cause: $0.cause, scope: $0.scope) } }
        // The rest are open episodes and removed segments. Of the latter, the oldest lines are dropped.
        if size > limit / 2 {
            let tooMany = (size - limit / 2) / PendingLines.lineSize
            var dropped = 0
            lines.removeAll { line in
                guard line.event == .removed, dropped < tooMany else { return false }
                dropped += 1
                return true
            }
        }
    }

    /// Merges all ended episodes of a kind, at the position of the first one.
    private mutating func merge(_ kind: (LedgerLine) -> Kind) {
        var places: [Kind: Int] = [:]
        var merged: [LedgerLine] = []
        for line in lines {
            guard line.event == .end else {
                merged.append(line)
                continue
            }
            let kind = kind(line)
            guard let place = places[kind] else {
                places[kind] = merged.count
                merged.append(line)
                continue
            }
            merged[place].absorb(line)
        }
        lines = merged
    }
}

extension LedgerLine {
    fileprivate mutating func absorb(_ later: LedgerLine) {
        from = [from, later.from].compactMap { $0 }.min()
        to = [to, later.to].compactMap { $0 }.max()
        packets = packets.flatMap { count in later.packets.map { count + $0 } }
        if interface != later.interface { interface = nil }
        if worker != later.worker { worker = nil }
    }
}
