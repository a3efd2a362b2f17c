/// Approximates a table with fewer ranges, for a kernel program with limited length. Addresses that can no longer be
/// distinguished become uncertain.
///
/// If a program wants the addresses inside, neighbouring ranges are merged, smallest gap first. If it wants the
/// addresses outside, the smallest ranges are removed and become uncertain together with the gaps around them.
struct Coarsening<Address: FixedWidthInteger & BitwiseCopyable> {
    enum Kind: Hashable { case outside, inside, uncertain }

    /// The addresses from `start` up to the start of the next segment.
    struct Segment {
        var start: Address
        var kind: Kind
    }

    /// The starts and ends of the ranges, alternating.
    private let bounds: [Address]
    private let isNegated: Bool
    /// The order of removal: the rank of each gap, or of each range if negated.
    private let ranks: [Int]

    init(_ table: AddressTable, isNegated: Bool) {
        let bounds = table.bounds(as: Address.self)
        (self.bounds, self.isNegated) = (bounds, isNegated)
        let count = table.rangeCount
        /// One past the last address of a range; 0 stands for 2^n.
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

    /// The whole address space, with at most `limit` ranges that are not outside. The first segment starts at 0.
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
