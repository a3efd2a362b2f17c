import Control

/// Lines that wait to be written, in bounded memory however long the disk refuses.
///
/// An episode that has ended takes one line, and `alive` one. When that is still too much, episodes of one cause become one,
/// with all packets of them: sums stay as they are.
public struct PendingLines: Equatable, Sendable {
    /// Bytes that lines may take, about.
    public static let limit = 1 << 20
    /// Of one line, at most, but for its texts.
    private static let lineSize = 300

    private let limit: Int
    public private(set) var lines: [LedgerLine] = []

    public init(limit: Int = PendingLines.limit) { self.limit = limit }

    public var isEmpty: Bool { lines.isEmpty }

    /// Bytes, about.
    var size: Int { lines.count * PendingLines.lineSize }

    public mutating func append(_ line: LedgerLine) {
        switch line.event {
        case .begin, .removed: break
        case .alive, .end:
            let replaced: Set<LedgerLine.Event> = line.event == .end ? [.begin, .alive] : [.alive]
            lines.removeAll { $0.episode == line.episode && replaced.contains($0.event) }
        }
        lines.append(line)
        if size > limit { compact() }
    }

    /// Takes all of them out.
    public mutating func takeAll() -> [LedgerLine] {
        defer { lines = [] }
        return lines
    }

    /// Puts lines back in front of those that have come since: they could not be written.
    public mutating func putBack(_ unwritten: [LedgerLine]) {
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
        // What is left are open episodes, and segments that are gone: of these the newest say enough.
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

    /// Makes one of all ended episodes of a kind, at the place of the first.
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
