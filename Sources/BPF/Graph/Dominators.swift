/// The immediate dominators of a flow graph, as a tree. A block dominates another if every path from the entry to the
/// other passes through it.
///
/// What is known at the end of a dominator is known in all blocks that it dominates. The algorithm is that of Cooper,
/// Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001). A graph without cycles needs a single iteration.
public struct Dominators: Sendable {
    /// The immediate dominator of each block; nil for the entry and for unreachable blocks.
    public let immediate: [Int?]

    /// Computes the dominators of a graph in one pass over its edges.
    public init(_ graph: FlowGraph) {
        var immediate = [Int?](repeating: nil, count: graph.blocks.count)
        var isReached = immediate.map { _ in false }
        isReached[0] = true

        /// The depth of each block in the tree, and its jump pointer: a distant ancestor that shortens long walks up
        /// (E. Myers, "An applicative random-access stack", 1983).
        var depth = immediate.map { _ in 0 }
        var above = immediate.map { _ in 0 }

        /// The nearest common dominator of two blocks.
        func meet(_ one: Int, _ other: Int) -> Int {
            var (one, other) = depth[one] > depth[other] ? (one, other) : (other, one)
            while depth[one] > depth[other] {
                one = depth[above[one]] >= depth[other] ? above[one] : immediate[one] ?? 0
            }
            // Blocks of equal depth have jump pointers of equal length.
            while one != other {
                let isBelow = above[one] != above[other]
                one = isBelow ? above[one] : immediate[one] ?? 0
                other = isBelow ? above[other] : immediate[other] ?? 0
            }
            return one
        }

        // All predecessors of a block precede it in array order, so its dominator is known here.
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

    /// Whether every path from the entry to `block` passes through `dominator`. A block dominates itself.
    public func dominates(_ dominator: Int, _ block: Int) -> Bool {
        var current: Int? = block
        while let here = current, here > dominator { current = immediate[here] }
        return current == dominator
    }

    /// The children of each block in the dominator tree, in array order.
    public var children: [[Int]] {
        var result = [[Int]](repeating: [], count: immediate.count)
        for (index, dominator) in immediate.enumerated() {
            if let dominator { result[dominator].append(index) }
        }
        return result
    }
}
