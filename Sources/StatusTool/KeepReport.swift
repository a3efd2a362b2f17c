package import Control
import Linux
package import Segments
import SystemPackage

/// Which existing segments the `keep` rules of captures would expire, and how far back the rules reach.
package struct KeepReport: Sendable {
    /// One line for each capture that has segments or whose directory cannot be read.
    package private(set) var lines: [String] = []

    /// A capture, the directory of its segments, and its retention rule.
    package struct Folder: Sendable {
        package var capture: String
        package var path: String
        package var keep: RetentionRule

        package init(capture: String, path: String, keep: RetentionRule) {
            (self.capture, self.path, self.keep) = (capture, path, keep)
        }
    }

    /// Reads the directories of all captures. Changes nothing.
    package init(_ folders: [Folder]) {
        let names = folders.map(\.capture)
        for folder in folders where folder.keep != .everything {
            do {
                let found = try Adoption.survey(folder.capture, in: folder.path, configured: names)
                guard !found.segments.isEmpty else { continue }
                let forecast = KeepForecast(folder.keep, for: found.segments)
                lines.append("capture \(folder.capture): \(KeepReport.text(forecast))")
            } catch {
                guard error.errno != .noSuchFileOrDirectory else { continue }
                lines.append("capture \(folder.capture): cannot predict what 'keep' removes: \(error)")
            }
        }
    }

    /// Formats a daemon's answer.
    package init(_ previews: [RetentionPreview]) {
        lines = previews.map { preview in
            let forecast = KeepForecast(
                segments: preview.segments, removed: preview.removed, removedBytes: preview.removedBytes,
                reasons: Set(preview.reasons.compactMap { Removal.Reason(rawValue: $0) }), rate: preview.rate,
                reach: preview.reach)
            return "capture \(preview.capture): \(KeepReport.text(forecast))"
        }
    }

    static func text(_ forecast: KeepForecast) -> String {
        let all = "\(Amounts.count(forecast.segments)) \(forecast.segments == 1 ? "segment" : "segments")"
        var text = "keep removes none of \(all)"
        if forecast.removed > 0 {
            let reasons = forecast.reasons.map { "keep.\($0.rawValue)" }.sorted().joined(separator: ", ")
            text =
                "keep removes \(Amounts.count(forecast.removed)) of \(all), \(Amounts.bytes(forecast.removedBytes)) "
                + "(\(reasons))"
        }
        guard let rate = forecast.rate, let reach = forecast.reach else { return text }
        return text + "; at the current rate of \(Amounts.rate(rate)), it retains \(Amounts.duration(reach))"
    }
}
