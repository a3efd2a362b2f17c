/// A pcap-filter expression that refers to host lists by name.
public struct ListedExpression: Equatable, Hashable, Sendable {
    /// A part of an expression: text, or a reference to a list.
    public enum Piece: Equatable, Hashable, Sendable {
        /// Text in the language of pcap-filter(7).
        case text(String)
        /// A reference to a list, written `@NAME`.
        case hosts(name: String, HostList)
    }

    /// The parts in order.
    public let pieces: [Piece]

    /// Creates an expression from its parts.
    public init(_ pieces: [Piece]) { self.pieces = pieces }

    /// The expression as the operator wrote it, with `@NAME` for each list.
    public var text: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .hosts(let name, _): "@\(name)"
            }
        }.joined()
    }
}

extension ExpressionCompiler {
    /// Compiles an expression with host lists; each list means `net A or net B or ...` of its entries.
    ///
    /// libpcap compiles the expression with a stand-in address for each list, such as `(net 240.1.2.3)`, and without
    /// optimization, because its optimizer would draw conclusions from that address. A list lookup then replaces each
    /// comparison with a stand-in. A list may therefore occur wherever libpcap accepts a network, also after `vlan`
    /// and `mpls`.
    ///
    /// `netmask` is the network mask of the interface as an integer; `ip broadcast` requires it. Throws libpcap's
    /// error message if the expression is invalid, and an error if it rejects all packets.
    public func compile(_ expression: ListedExpression, netmask: UInt32? = nil) throws(FilterError) -> Program {
        let standIns = StandIns(expression)
        let compiled: Program
        do {
            compiled = try compile(standIns.text, netmask: netmask, isOptimized: false)
        } catch {
            throw FilterError(standIns.namingLists(in: error.description))
        }
        do {
            let graph = try standIns.replace(in: FlowGraph(try VerifiedProgram(compiled)))
            let program = Optimizer.optimize(try VerifiedProgram(graph.program()))
            // libpcap's optimizer detects this case and reports it with the same message.
            guard program.operations.contains(where: { if case .returnConstant(1...) = $0 { true } else { false } })
            else { throw FilterError("expression rejects all packets") }
            return program.program
        } catch let error as FilterError {
            throw error
        } catch {
            throw FilterError("\(error)")
        }
    }
}
