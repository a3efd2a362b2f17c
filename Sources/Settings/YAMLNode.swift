/// A node of a YAML document, with the position of its first character.
package struct YAMLNode {
    package enum Content {
        case scalar(Scalar)
        case sequence([YAMLNode])
        /// Pairs in the order of the document. No two keys have the same text.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    package struct Scalar {
        package let text: String
        /// Whether the text is neither quoted nor in a block.
        let isPlain: Bool
        /// The tag, such as `!include`; nil if the scalar is text: without a tag, or tagged `!` or `!!str`.
        let tag: String?
    }

    package let content: Content
    /// An alias has the position of the node that it repeats.
    let position: Position
    /// The levels of nesting in this node: 0 for a scalar.
    let depth: Int

    init(_ content: Content, at position: Position) {
        (self.content, self.position) = (content, position)
        depth =
            switch content {
            case .scalar: 0
            case .sequence(let nodes): 1 + (nodes.map(\.depth).max() ?? 0)
            case .mapping(let pairs): 1 + (pairs.map { max($0.key.depth, $0.value.depth) }.max() ?? 0)
            }
    }

    package var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }

    package var sequence: [YAMLNode]? { if case .sequence(let nodes) = content { nodes } else { nil } }

    package var mapping: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// The value of a mapping's key; nil if there is none.
    package func value(of key: String) -> YAMLNode? { mapping?.first { $0.key.scalar?.text == key }?.value }
}
