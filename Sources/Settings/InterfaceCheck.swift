package import BPF
package import Linux
package import Rules

extension Settings {
    /// The plan of a capture on `interface`, which must be up. Requires CAP_NET_RAW.
    package func plan(
        for capture: Capture, on interface: Interface, with compilers: FilterCompilers
    ) throws(FilterError) -> CapturePlan {
        let plan = CapturePlan(
            rule: capture.rule, filter: try compilers.filter(capture.filter?.source, on: interface),
            promiscuous: capture.promiscuous, direction: capture.direction)
        // A program with lists of hosts is reduced to the kernel's limit for all captures of a tap together, which
        // takes a while.
        if plan.filter.program.lists.isEmpty {
            try compilers.check(TapRule(interface: interface, ring: ring, captures: [plan]).kernelProgram())
        }
        return plan
    }

    /// Reads a file and checks it on the interfaces of this host. Throws all errors at once.
    ///
    /// Filters are checked on interfaces only if `Privileges.canOpenPacketSockets`.
    package static func checked(
        _ path: String, with compilers: FilterCompilers,
        on interfaces: () throws(SystemError) -> [Interface] = { () throws(SystemError) in try Interface.all() }
    ) throws -> (settings: Settings, interfaces: [Interface]) {
        let settings = try load(path)
        return (settings, try settings.check(on: interfaces(), with: compilers))
    }

    /// The filters for which the kernel accepts more packets than the filter does, since their lists of hosts exceed
    /// its limits.
    package var supersets: [Diagnostic] {
        filters.compactMap { filter in
            FilterCheck.superset(of: filter.source).map {
                Diagnostic(at: filter.position, "filter '\(filter.name)': kernel: \($0)")
            }
        }
    }

    /// The text that `check` prints for a file: all errors, or a summary of the settings.
    package static func verdict(on path: String) throws -> (text: String, settings: Settings?) {
        do {
            let settings = try checked(path, with: FilterCompilers()).settings
            let count = settings.captures.count
            let note =
                Privileges.canOpenPacketSockets
                ? "" : "; filters were not tested on the interfaces (requires CAP_NET_RAW)"
            let filters = settings.filters.count
            let verdict =
                "\(path): configuration OK (\(count) \(count == 1 ? "capture" : "captures"), "
                + "\(filters) \(filters == 1 ? "filter" : "filters"))\(note)"
            return (([verdict] + settings.supersets.map(\.description)).joined(separator: "\n"), settings)
        } catch let error as ConfigurationError {
            return (error.diagnostics.map(\.description).joined(separator: "\n"), nil)
        }
    }

    /// Checks the settings on the interfaces that are up: their link type must be known, and each filter must compile
    /// for them.
    ///
    /// Does nothing without CAP_NET_RAW. Throws all errors at once. Returns the interfaces that still exist: one that
    /// disappears meanwhile is not an error, since its captures wait for it.
    func check(
        on interfaces: [Interface], with compilers: FilterCompilers
    ) throws(ConfigurationError) -> [Interface] {
        guard Privileges.canOpenPacketSockets else { return interfaces }
        var diagnostics: [Diagnostic] = []
        var gone: Set<Int32> = []
        for interface in interfaces where interface.isUp {
            let wanted = captures.filter { $0.interface.matches(interface) }
            guard !wanted.isEmpty else { continue }
            guard interface.linkType != nil else {
                // A pattern skips an interface of an unknown link type; a name requires it.
                for capture in wanted where capture.interface.names(interface) {
                    diagnostics.append(Diagnostic(at: capture.position, interface.unsupportedLinkType))
                }
                continue
            }
            do throws(FilterError) {
                try compilers.open(for: interface)
                for capture in wanted {
                    do throws(FilterError) {
                        _ = try plan(for: capture, on: interface, with: compilers)
                    } catch {
                        let position = capture.filter?.position ?? capture.position
                        let name = capture.filter.map { "filter '\($0.name)'" } ?? "capture '\(capture.rule.name)'"
                        diagnostics.append(Diagnostic(at: position, "\(name), on \(interface.name): \(error)"))
                    }
                }
            } catch {
                if (try? interface.isStillUp()) == false {
                    gone.insert(interface.index)
                    continue
                }
                for capture in wanted { diagnostics.append(Diagnostic(at: capture.position, "\(error)")) }
            }
        }
        if !diagnostics.isEmpty {
            throw ConfigurationError(
                diagnostics.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) })
        }
        return interfaces.filter { !gone.contains($0.index) }
    }
}
