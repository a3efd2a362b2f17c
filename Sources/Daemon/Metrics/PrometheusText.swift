import Control

/// Prometheus' text format: a family has a line of help, a line with its type, and a line per sample.
struct PrometheusText {
    private(set) var text = ""

    enum MetricType: String { case counter, gauge, histogram }

    /// Adds a family of samples; `name` is without the common prefix.
    mutating func add(
        _ name: String, _ kind: MetricType, _ meaning: String, _ samples: [Sample], prefix: String = "holdfast_"
    ) {
        head(prefix + name, kind, meaning)
        for sample in samples { line(prefix + name, sample.labels, sample.value) }
    }

    /// Adds a family of histograms. Each bucket counts the values up to its bound.
    mutating func add(
        _ name: String, _ meaning: String, _ bounds: [Double], _ histograms: [(Labels, HistogramStatus)]
    ) {
        let name = "holdfast_" + name
        head(name, .histogram, meaning)
        let bounds = bounds.map(\.decimal) + ["+Inf"]
        for (labels, histogram) in histograms {
            var count: UInt64 = 0
            for (bound, bucket) in zip(bounds, histogram.counts) {
                count += bucket
                line(name + "_bucket", labels.with("le", bound), String(count))
            }
            line(name + "_sum", labels, histogram.sum.decimal)
            line(name + "_count", labels, String(count))
        }
    }

    private mutating func head(_ name: String, _ kind: MetricType, _ meaning: String) {
        text += "# HELP \(name) \(meaning)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: Labels, _ value: String) {
        text += "\(name)\(labels) \(value)\n"
    }
}

/// One sample of a family.
struct Sample {
    let labels: Labels
    let value: String

    init(_ value: some BinaryInteger, _ labels: Labels = [:]) { (self.value, self.labels) = (String(value), labels) }
    init(_ value: Double, _ labels: Labels = [:]) { (self.value, self.labels) = (value.decimal, labels) }
}

/// The labels of a sample, in order.
struct Labels: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    private var pairs: [(name: String, value: String)]

    init(dictionaryLiteral pairs: (String, String)...) { self.pairs = pairs }

    func with(_ name: String, _ value: String) -> Labels {
        var labels = self
        labels.pairs.append((name, value))
        return labels
    }

    var description: String {
        pairs.isEmpty ? "" : "{" + pairs.map { "\($0)=\"\($1.escaped)\"" }.joined(separator: ",") + "}"
    }
}

extension String {
    /// The string, escaped as a label's value.
    fileprivate var escaped: String {
        reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

extension Double {
    /// The number, without a fraction if it is whole.
    fileprivate var decimal: String {
        self == rounded() && abs(self) < 1e15 ? String(Int64(self)) : description
    }
}
