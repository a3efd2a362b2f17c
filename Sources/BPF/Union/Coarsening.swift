/// A table in fewer ranges than it has, for a kernel whose programs are too short for it: what cannot be told apart any more
/// becomes uncertain.
///
/// Where a program wants what is inside, neighbouring ranges are joined, those first that have the fewest addresses between
/// them. Where it wants what is outside, the smallest ranges are given up, and with them the gaps around.
struct Coarsening<Address: FixedWidthInteger & BitwiseCopyable> {
    enum Kind: Hashable { case outside, inside, uncertain }

    /// The addresses from `start` up to the next segment.
    struct Segment {
        var start: Address
        var kind: Kind
    }

    /// Where ranges begin and where they have ended, in turn.
    private let bounds: [Address]
    private let isNegated: Bool
    /// For each gap between two ranges, or for each range, how many others go first.
    private let ranks: [Int]

    init(_ table: AddressTable, isNegated: Bool) {
        let bounds = table.bounds(as: Address.self)
        (self.bounds, self.isNegated) = (bounds, isNegated)
        let count = table.rangeCount
        /// The last address of a range is one less than this; 0 stands for 2^n.
        func end(_ range: Int) -> Address { 2 * range + 1 < bounds.count ? bounds[2 * range + 1] : 0 }
        let sizes =
            isNegated
            ? (0..<count).map { end($0) &- bounds[2 * $0] &- 1 }
            : (0..<max(count - 1, 0)).map { bounds[2 * $0 + 2] &- end($0) }
        var ranks = [Int](repeating: 0, count: sizes.count)
        for (rank, index) in sizes.indices.sorted(by: { (sizes[$0], $0) < (sizes[$1], $1) }).enumerated() {
            ranks[index] = rank
        }
        self.ranks = ranks
    }

    var rangeCount: Int { (bounds.count + 1) / 2 }

    /// The whole range of addresses, in at most `limit` ranges that are not outside. The first segment starts at 0.
    func segments(limit: Int) -> [Segment] {
        let surplus = max(0, rangeCount - max(limit, 1))
        var segments = [Segment(start: 0, kind: .outside)]
        func append(_ start: Address, _ kind: Kind) {
            if segments[segments.count - 1].start == start {
                segments[segments.count - 1].kind = kind
            } else if segments[segments.count - 1].kind != kind {
                segments.append(Segment(start: start, kind: kind))
            }
        }
        for range in 0..<rangeCount {
            let end = 2 * range + 1 < bounds.count ? bounds[2 * range + 1] : nil
            if isNegated {
                if ranks[range] >= surplus {
                    append(bounds[2 * range], .inside)
                    if let end { append(end, .outside) }
                } else if segments[segments.count - 1].kind == .outside {
                    segments[segments.count - 1].kind = .uncertain
                }
            } else {
                let joinsLast = range > 0 && ranks[range - 1] < surplus
                if joinsLast {
                    segments[segments.count - 1].kind = .uncertain
                } else {
                    append(bounds[2 * range], .inside)
                }
                let joinsNext = range + 1 < rangeCount && ranks[range] < surplus
                if !joinsNext, let end { append(end, .outside) }
            }
        }
        return segments
    }
}
