public import BPF
public import Capture
public import Linux

extension Settings {
    /// What a capture wants on `interface`, which must be up. Needs CAP_NET_RAW.
    public func plan(
        for capture: Capture, on interface: Interface, with compilers: FilterCompilers
    ) throws(FilterError) -> CapturePlan {
        let plan = CapturePlan(
            rule: capture.rule, filter: try compilers.filter(capture.filter?.source, on: interface),
            promiscuous: capture.promiscuous, direction: capture.direction)
        // With a list of hosts it is made to fit, which takes a while, for all captures of a tap together.
        if plan.filter.program.lists.isEmpty {
            try compilers.check(TapRule(interface: interface, ring: ring, captures: [plan]).kernelProgram())
        }
        return plan
    }

    /// Reads a file and checks it on the interfaces of this machine; throws every mistake at once. Whether filters could be
    /// tried on interfaces is `Privileges.canOpenPacketSockets`.
    public static func checked(
        _ path: String, with compilers: FilterCompilers
    ) throws -> (settings: Settings, interfaces: [Interface]) {
        let settings = try load(path)
        return (settings, try settings.check(on: Interface.all(), with: compilers))
    }

    /// Where the kernel must accept more than filters with lists of hosts do, as these are too long for it.
    public var supersets: [Diagnostic] {
        filters.compactMap { filter in
            FilterCheck.superset(of: filter.source).map {
                Diagnostic(at: filter.position, "filter '\(filter.name)': kernel: \($0)")
            }
        }
    }

    /// What an operator who asks about a file is told: every mistake, or that there is none and what it says.
    public static func verdict(on path: String) throws -> (text: String, settings: Settings?) {
        do {
            let settings = try checked(path, with: FilterCompilers()).settings
            let count = settings.captures.count
            let note =
                Privileges.canOpenPacketSockets
                ? "" : "; filters were not tried on the interfaces, which needs CAP_NET_RAW"
            let verdict = "\(path) is right: \(count) \(count == 1 ? "capture" : "captures")\(note)"
            return (([verdict] + settings.supersets.map(\.description)).joined(separator: "\n"), settings)
        } catch let error as ConfigurationError {
            return (error.mistakes.map(\.description).joined(separator: "\n"), nil)
        }
    }

    /// Checks the settings against interfaces: those that are up are asked what their link type is and whether each filter
    /// can be compiled for them. Throws every mistake. Without CAP_NET_RAW there is nothing to ask. Returns those that are still
    /// there: one that went in the meantime makes no mistake, and will be waited for.
    func check(
        on interfaces: [Interface], with compilers: FilterCompilers
    ) throws(ConfigurationError) -> [Interface] {
        guard Privileges.canOpenPacketSockets else { return interfaces }
        var mistakes: [Diagnostic] = []
        var gone: Set<Int32> = []
        for interface in interfaces where interface.isUp {
            let wanted = captures.filter { $0.interface.matches(interface) }
            guard !wanted.isEmpty else { continue }
            guard interface.linkType != nil else {
                // A pattern takes what it can; a name means this one.
                for capture in wanted where capture.interface.names(interface) {
                    mistakes.append(Diagnostic(at: capture.position, "\(TapError.unknownLinkType(interface))"))
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
                        mistakes.append(Diagnostic(at: position, "\(name), on \(interface.name): \(error)"))
                    }
                }
            } catch {
                if (try? interface.isStillUp()) == false {
                    gone.insert(interface.index)
                    continue
                }
                for capture in wanted { mistakes.append(Diagnostic(at: capture.position, "\(error)")) }
            }
        }
        if !mistakes.isEmpty {
            throw ConfigurationError(mistakes.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) })
        }
        return interfaces.filter { !gone.contains($0.index) }
    }
}
