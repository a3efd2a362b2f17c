import Foundation
import Settings
import TestSupport
import Testing
import Traffic

extension Live {
    /// The dashboard and the alerts in Config, compared with a daemon's metrics and with Prometheus.
    @Suite(.enabled(if: Requirement.curl)) struct Monitoring {
        private static let folder = #filePath.replacing("Tests/LiveTests/MonitoringTests.swift", with: "")

        @Test("Queries use only existing metrics and labels, and the dashboard shows every metric")
        func names() throws {
            let (dashboard, alerts) = (try Monitoring.dashboard(), try Monitoring.alerts())
            let metrics = try Monitoring.metrics()
            #expect(dashboard.count > 20 && alerts.count > 5)
            for query in dashboard + alerts {
                let complaints = metrics.complaints(about: query)
                #expect(complaints.isEmpty, "\(query.expression): \(complaints.joined(separator: "; "))")
            }
            let shown = Set(dashboard.flatMap { query in query.selectors.compactMap { metrics.families[$0.metric] } })
            #expect(Set(metrics.families.values).subtracting(shown) == [])
            // The check itself must find faults.
            for (expression, legend) in [
                ("holdfast_rings", ""), ("holdfast_taps{capture=\"all\"}", ""), ("holdfast_taps", "{{capture}}"),
                ("sum by (state) (holdfast_taps)", ""), ("holdfast_capture_state{state=\"suspendet\"}", ""),
            ] {
                #expect(metrics.complaints(about: Query(expression, legend)).count == 1, "\(expression) \(legend)")
            }
        }

        @Test(
            "Prometheus accepts every expression, and the alerts fire when they should",
            .enabled(if: Requirement.promtool))
        func prometheus() throws {
            let promtool = try #require(Requirement.promtoolPath)
            try Command.check(promtool, ["check", "rules", Monitoring.folder + "Config/alerts.yaml"])
            try Command.check(promtool, ["test", "rules", Monitoring.folder + "Tests/alerts.yaml"])
            // The dashboard's queries, with Grafana's variables replaced.
            let queries = try Monitoring.dashboard().filter { !$0.expression.hasPrefix("label_values(") }
            let rules = queries.enumerated().map { number, query in
                let expression = query.expression.replacing(/\[\$__[a-z_]+\]/, with: "[5m]").replacing(
                    /\$[a-z]+/, with: ".*")
                return "  - { record: shown\(number), expr: '\(expression)' }\n"
            }
            let folder = try TemporaryFolder()
            let file = folder.path + "/rules"
            try "groups:\n- name: dashboard\n  rules:\n\(rules.joined())".write(
                toFile: file, atomically: true, encoding: .utf8)
            try Command.check(promtool, ["check", "rules", file])
        }

        /// The metrics of a daemon with packets and with a capture without an interface.
        private static func metrics() throws -> Metrics {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfm0", "hfm1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfm1, flush: 50ms }, later: { interface: hfnone } }", in: folder.path)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<10)
            var text = ""
            try eventually("a segment with packets") {
                text = try Curl.ask(Daemon.socket(in: folder.path), "GET", "/metrics").body
                return text.contains("\nholdfast_oldest_packet_timestamp_seconds{")
            }
            try daemon.stop()
            return Metrics(text)
        }

        /// Every query of the dashboard, including those for its variables.
        private static func dashboard() throws -> [Query] {
            let file = URL(fileURLWithPath: folder + "Config/grafana-dashboard.json")
            return queries(in: try JSONDecoder().decode(JSON.self, from: Data(contentsOf: file)))
        }

        private static func queries(in value: JSON) -> [Query] {
            switch value {
            case .array(let items): return items.flatMap { queries(in: $0) }
            case .object(let fields):
                guard case .string(let text) = fields["expr"] ?? fields["query"] else {
                    return fields.values.flatMap { queries(in: $0) }
                }
                guard text.contains("holdfast") else { return [] }
                if case .string(let legend) = fields["legendFormat"] { return [Query(text, legend)] }
                return [Query(text)]
            default: return []
            }
        }

        private static func alerts() throws -> [Query] {
            let file = folder + "Config/alerts.yaml"
            let root = try YAMLComposer.root(of: String(contentsOfFile: file, encoding: .utf8), file: file)
            let groups = try #require(root?.value(of: "groups")?.sequence)
            return try groups.flatMap { $0.value(of: "rules")?.sequence ?? [] }.map { rule in
                let expression = try #require(rule.value(of: "expr")?.scalar?.text)
                let annotations = try #require(rule.value(of: "annotations")?.mapping)
                let text = annotations.compactMap { $0.value.scalar?.text }.joined()
                return Query(expression, text.replacing("$labels.", with: ""))
            }
        }
    }
}

/// A PromQL expression, reduced to its metrics and labels, and the legend that is shown with it, which contains `{{
/// label }}`.
private struct Query {
    let expression: String
    /// Labels in the legend or in a grouping.
    let labels: Set<String>
    let selectors: [Selector]

    struct Selector {
        let metric: String
        /// Required values of a label, if they are literals.
        var matchers: [(label: String, values: [String])] = []
    }

    init(_ expression: String, _ legend: String = "") {
        self.expression = expression
        let groupings = expression.matches(of: /(?:by|on|ignoring|without|group_left|group_right) ?\(([^)]*)\)/)
        let variables = expression.matches(of: /^label_values\(.*, ([a-z]+)\)$/).map(\.1)
        labels = Set(
            (groupings.flatMap { $0.1.split(separator: ",") } + variables
                + legend.matches(of: /\{\{ ?([a-z_]+) ?\}\}/).map(\.1)).map { $0.trimmingCharacters(in: .whitespaces) }
        )
        selectors = expression.matches(of: /((?:holdfast|process)_[a-z_]+)(?:\{([^}]*)\})?/).map { match in
            var selector = Selector(metric: String(match.1))
            for matcher in (match.2 ?? "").matches(of: /([a-z_]+)(=~|!~|!=|=)"([^"]*)"/) {
                let values = matcher.3.contains("$") ? [] : matcher.3.split(separator: "|").map(String.init)
                selector.matchers.append((String(matcher.1), values))
            }
            return selector
        }
    }
}

/// The metrics of a daemon: for each metric, its labels and their values.
private struct Metrics {
    private var labels: [String: [String: Set<String>]] = [:]
    /// The family of each metric.
    private(set) var families: [String: String] = [:]
    /// Labels that Prometheus adds.
    private static let own: Set = ["job", "instance"]

    init(_ text: String) {
        var family = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { family = String(line.split(separator: " ")[2]) }
            guard let sample = line.prefixMatch(of: /([a-z_]+)(?:\{(.*)\})?[ ]/) else { continue }
            let metric = String(sample.1)
            families[metric] = family
            labels[metric] = labels[metric] ?? [:]
            for pair in (sample.2 ?? "").matches(of: /([a-z_]+)="([^"]*)"/) {
                labels[metric, default: [:]][String(pair.1), default: []].insert(String(pair.2))
            }
        }
    }

    /// The parts of `query` for which no metric exists.
    func complaints(about query: Query) -> [String] {
        var (complaints, known): ([String], Set<String>) = ([], Metrics.own)
        for selector in query.selectors {
            guard let labels = labels[selector.metric] else {
                complaints.append("there is no \(selector.metric)")
                continue
            }
            known.formUnion(labels.keys)
            for (label, values) in selector.matchers where !Metrics.own.contains(label) {
                guard let printed = labels[label] else {
                    complaints.append("\(selector.metric) has no label \(label)")
                    continue
                }
                complaints += values.filter { !printed.contains($0) }.map { "no \(label) is \($0)" }
            }
        }
        return complaints + query.labels.subtracting(known).map { "there is no label \($0)" }
    }
}
