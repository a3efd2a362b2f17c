/// Which block every way from the entry passes before another one: the immediate dominators, as a tree.
///
/// What is known at the end of a dominator is known in all blocks that it dominates. The algorithm is that of Cooper, Harvey
/// and Kennedy, "A Simple, Fast Dominance Algorithm" (2001); without cycles its first round is also its last.
public struct Dominators: Sendable {
    /// For each block its immediate dominator; nil for the entry and for what cannot be reached.
    public let immediate: [Int?]

    /// Those of a graph, found in one pass over its edges.
    public init(_ graph: FlowGraph) {
        var immediate = [Int?](repeating: nil, count: graph.blocks.count)
        var isReached = immediate.map { _ in false }
        isReached[0] = true

        /// How many dominators each block has above it, and one of them far above: what E. Myers calls a jump pointer ("An
        /// applicative random-access stack", 1983). By these a long way up takes a few steps.
        var depth = immediate.map { _ in 0 }
        var above = immediate.map { _ in 0 }

        /// The nearest block that dominates both.
        func meet(_ one: Int, _ other: Int) -> Int {
            var (one, other) = depth[one] > depth[other] ? (one, other) : (other, one)
            while depth[one] > depth[other] {
                one = depth[above[one]] >= depth[other] ? above[one] : immediate[one] ?? 0
            }
            // Blocks of one depth have jumps of one length.
            while one != other {
                let isBelow = above[one] != above[other]
                one = isBelow ? above[one] : immediate[one] ?? 0
                other = isBelow ? above[other] : immediate[other] ?? 0
            }
            return one
        }

        // In array order all predecessors of a block come before it, so that its own dominator is known by then.
        for (index, block) in graph.blocks.enumerated() where isReached[index] {
            if let parent = immediate[index] {
                let far = above[parent]
                depth[index] = depth[parent] + 1
                above[index] = depth[parent] - depth[far] == depth[far] - depth[above[far]] ? above[far] : parent
            }
            for next in block.exit.successors {
                immediate[next] = isReached[next] ? meet(immediate[next] ?? 0, index) : index
                isReached[next] = true
            }
        }
        self.immediate = immediate
    }

    /// Whether every way from the entry to `block` passes `dominator`. A block dominates itself.
    public func dominates(_ dominator: Int, _ block: Int) -> Bool {
        var current: Int? = block
        while let here = current, here > dominator { current = immediate[here] }
        return current == dominator
    }

    /// The tree, downwards: for each block those that it dominates immediately, in array order.
    public var children: [[Int]] {
        var result = [[Int]](repeating: [], count: immediate.count)
        for (index, dominator) in immediate.enumerated() {
            if let dominator { result[dominator].append(index) }
        }
        return result
    }
}
