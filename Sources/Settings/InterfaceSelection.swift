public import Linux

/// The interfaces a capture listens on: all that one of its names or patterns means, without those that `except` means.
public struct InterfaceSelection: Equatable, Hashable, Sendable {
    public let patterns: [InterfacePattern]
    public let except: [InterfacePattern]

    public init(_ patterns: [InterfacePattern], except: [InterfacePattern] = []) {
        (self.patterns, self.except) = (patterns, except)
    }

    /// Those of one name or pattern.
    public init(_ text: String) { self.init([InterfacePattern(text)]) }

    /// As an operator may say it: `eth0, eth1`, `* except lo`.
    public var text: String {
        func list(_ patterns: [InterfacePattern]) -> String { patterns.map(\.text).joined(separator: ", ") }
        return list(patterns) + (except.isEmpty ? "" : " except \(list(except))")
    }

    /// Whether the interface is meant. An alternative name (ip link property add dev NAME altname TEXT) means it where it stands
    /// alone; patterns are about the name that `ip link` tells first.
    public func matches(_ interface: Interface) -> Bool {
        patterns.contains { $0.matches(interface) } && !except.contains { $0.matches(interface) }
    }

    /// Whether some are meant by a pattern: then none of them has to be there.
    public var isPattern: Bool { patterns.contains(where: \.isPattern) }

    /// Of several names, those that none of the interfaces has.
    public func names(missingAmong interfaces: [Interface]) -> [String] {
        guard patterns.count > 1 else { return [] }
        return patterns.filter { pattern in
            !pattern.isPattern && !interfaces.contains { pattern.matches($0) }
        }.map(\.text)
    }

    /// Whether one of its names, and not only a pattern, is the interface's.
    func names(_ interface: Interface) -> Bool {
        patterns.contains { !$0.isPattern && $0.matches(interface) }
    }
}

extension InterfacePattern {
    fileprivate func matches(_ interface: Interface) -> Bool {
        matches(interface.name) || (!isPattern && interface.alternativeNames.contains { matches($0) })
    }
}
