package import Linux

/// The interfaces of a capture: all that match one of its names or patterns, and none of `except`.
package struct InterfaceSelection: Equatable, Hashable, Sendable {
    package let patterns: [InterfacePattern]
    package let except: [InterfacePattern]

    package init(_ patterns: [InterfacePattern], except: [InterfacePattern] = []) {
        (self.patterns, self.except) = (patterns, except)
    }

    /// The interfaces that match one name or pattern.
    package init(_ text: String) { self.init([InterfacePattern(text)]) }

    /// The selection as text: `eth0, eth1`, `* except lo`.
    package var text: String {
        func list(_ patterns: [InterfacePattern]) -> String { patterns.map(\.text).joined(separator: ", ") }
        return list(patterns) + (except.isEmpty ? "" : " except \(list(except))")
    }

    /// Whether the selection contains the interface. A name also matches an alternative name (ip link property add dev
    /// NAME altname TEXT); a pattern matches only the primary name, which `ip link` prints first.
    package func matches(_ interface: Interface) -> Bool {
        patterns.contains { $0.matches(interface) } && !except.contains { $0.matches(interface) }
    }

    /// Whether one of the names is a pattern. Then no interface has to exist.
    package var isPattern: Bool { patterns.contains(where: \.isPattern) }

    /// The names that no interface has; empty if the selection is a single name or pattern.
    package func names(missingAmong interfaces: [Interface]) -> [String] {
        guard patterns.count > 1 else { return [] }
        return patterns.filter { pattern in
            !pattern.isPattern && !interfaces.contains { pattern.matches($0) }
        }.map(\.text)
    }

    /// Whether one of the names, other than a pattern, matches the interface.
    package func names(_ interface: Interface) -> Bool {
        patterns.contains { !$0.isPattern && $0.matches(interface) }
    }
}

extension InterfacePattern {
    fileprivate func matches(_ interface: Interface) -> Bool {
        matches(interface.name) || (!isPattern && interface.alternativeNames.contains { matches($0) })
    }
}
