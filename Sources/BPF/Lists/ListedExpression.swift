/// An expression that names lists of hosts.
public struct ListedExpression: Equatable, Hashable, Sendable {
    public enum Piece: Equatable, Hashable, Sendable {
        case text(String)
        case hosts(name: String, HostList)
    }

    public let pieces: [Piece]

    public init(_ pieces: [Piece]) { self.pieces = pieces }

    /// As an operator writes it: `@NAME` stands for each list.
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
    /// The program of an expression with lists of hosts, each of which means `net A or net B or ...` of all it names. Refusals
    /// carry libpcap's own words.
    ///
    /// libpcap compiles the expression with an address of its own in place of each list, `(net 240.1.2.3)`, and does not
    /// optimize it, as it would draw conclusions from that address. Wherever the program compares a word with it, a look-up
    /// in the list takes the comparison's place: so lists stand wherever libpcap lets a network stand, behind `vlan` and `mpls`,
    /// too.
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
            // What libpcap's optimizer finds out, and says so.
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
