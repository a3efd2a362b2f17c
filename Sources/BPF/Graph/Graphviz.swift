extension FlowGraph {
    /// The graph in the DOT language of Graphviz, drawn as in the paper.
    ///
    /// A box shows a test; its right branch is taken if the test holds, the left one if not. The verdicts are at the
    /// bottom, accepting ones in bold. `dot -Tsvg` renders the graph.
    public var dot: String {
        var lines = [
            "digraph filter {",
            "    node [shape=box, fontname=\"monospace\"];",
            "    edge [fontname=\"sans\"];",
        ]
        let reachable = reachable
        for (index, block) in blocks.enumerated() where reachable[index] {
            let style =
                block.exit.successors.isEmpty ? ", shape=ellipse" + (block.exit.isDrop ? "" : ", style=bold") : ""
            lines.append("    b\(index) [label=\"\(label(of: block))\"\(style)];")
            switch block.exit {
            case .go(let next):
                lines.append("    b\(index) -> b\(next);")
            case .test(_, _, let then, let otherwise):
                // Graphviz orders children from left to right by their edges; compass points fix where edges start.
                lines.append("    b\(index):sw -> b\(otherwise) [label=\"no\"];")
                lines.append("    b\(index):se -> b\(then) [label=\"yes\"];")
            case .returnConstant, .returnAccumulator:
                break
            }
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    /// The operations and the test of a block, left-aligned, one per line.
    private func label(of block: Block) -> String {
        let exit: [String] =
            switch block.exit {
            case .go: []
            case .test(let comparison, let operand, _, _): ["A \(comparison.symbol) \(operand.text) ?"]
            case .returnConstant(0): ["drop"]
            case .returnConstant(let k): ["accept \(k)"]
            case .returnAccumulator: ["accept A"]
            }
        return (block.body.map(\.formula) + exit).map { $0 + "\\l" }.joined()
    }
}

extension FlowGraph.Exit {
    fileprivate var isDrop: Bool { self == .returnConstant(0) }
}

extension Operation {
    /// The operation as a formula for human readers.
    fileprivate var formula: String {
        switch self {
        case .loadConstant(let register, let k): "\(register.name) = \(number(k))"
        case .loadLength(let register): "\(register.name) = len"
        case .loadScratch(let register, let k): "\(register.name) = M[\(k)]"
        case .loadPacket(let size, let k): "A = [\(k):\(size.bytes)]"
        case .loadPacketIndexed(let size, let k): "A = [X+\(k):\(size.bytes)]"
        case .loadHeaderLength(let k): "X = 4*([\(k)]&0xf)"
        case .loadExtension(let name, _): name == .xorX ? "A = A ^ X" : "A = \(name.name)"
        case .lookUp(let family, let list, let k, let fromX):
            "A = [\(fromX ? "X+" : "")\(k):\(family.bytes)] in list \(list) ? 2 : 1"
        case .store(let register, let k): "M[\(k)] = \(register.name)"
        case .arithmetic(let name, let operand): "A = A \(name.symbol) \(operand.text)"
        case .negate: "A = -A"
        case .transfer(let register): register == .x ? "X = A" : "A = X"
        case .jump, .branch, .returnConstant, .returnAccumulator, .unknown: "?"  // does not occur in a block body
        }
    }
}

extension Register {
    fileprivate var name: String { self == .a ? "A" : "X" }
}

extension Operand {
    fileprivate var text: String {
        switch self {
        case .k(let k): number(k)
        case .x: "X"
        }
    }
}

extension Arithmetic {
    fileprivate var symbol: String {
        switch self {
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .divide: "/"
        case .or: "|"
        case .and: "&"
        case .shiftLeft: "<<"
        case .shiftRight: ">>"
        case .modulo: "%"
        case .xor: "^"
        }
    }
}

extension Comparison {
    fileprivate var symbol: String {
        switch self {
        case .equal: "="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .anyBit: "&"
        }
    }
}

/// Small numbers in decimal, others in hexadecimal, as they are mostly types, addresses and masks.
private func number(_ k: UInt32) -> String { k < 256 ? "\(k)" : "0x" + String(k, radix: 16) }
