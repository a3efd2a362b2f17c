import Capture
import Control
import Linux
import Rules
import Segments
import Settings
import SystemPackage

/// Reports what a reload would do, on its own thread, and changes nothing. It checks the configuration as a reload
/// does, and applies the new retention rules to the existing segments.
struct ReloadPreviewer: Sendable {
    let path: String
    let compilers: FilterCompilers
    /// The interfaces that exist.
    let interfaces: @Sendable () throws(SystemError) -> [Interface]
    let running: SegmentCatalogs
    /// Lists segments in directories that no capture has open: their disks may not answer (I15).
    let helper: DiskHelper
    /// The captures of the running configuration.
    let captures: [String]

    func preview() -> Result<ReloadPreview, ControlFailure> {
        do {
            let settings = try Settings.checked(path, with: compilers, on: interfaces).settings
            let names = settings.captures.map(\.rule.name)
            return .success(
                ReloadPreview(
                    begins: names.filter { !captures.contains($0) }, ends: captures.filter { !names.contains($0) },
                    retention: try settings.captures.compactMap { try retention($0.rule, configured: names) },
                    warnings: settings.warnings.map(\.warning)))
        } catch let error as ConfigurationError {
            return .failure(.wrong(error.diagnostics.map { "\($0)" }))
        } catch {
            return .failure(.wrong(["\(error)"]))
        }
    }

    /// The fate of a capture's segments; nil if there are none.
    private func retention(_ rule: CaptureRule, configured: [String]) throws -> RetentionPreview? {
        let forecast: KeepForecast
        if let retention = running[rule.name], retention.path == rule.directory {
            forecast = retention.forecast(rule.retention)
        } else {
            do throws(SystemError) {
                let work = DiskWork.survey(capture: rule.name, directory: rule.directory, configured: configured)
                guard case .adopted(let found) = try helper.inquire(work) else { return nil }
                forecast = KeepForecast(rule.retention, for: found.segments)
            } catch {
                // A reload creates the directory.
                if error.errno == .noSuchFileOrDirectory { return nil }
                throw error
            }
        }
        guard forecast.segments > 0 else { return nil }
        return RetentionPreview(
            capture: rule.name, segments: forecast.segments, removed: forecast.removed,
            removedBytes: forecast.removedBytes, reasons: forecast.reasons.map(\.rawValue).sorted(),
            rate: forecast.rate, reach: forecast.reach)
    }
}
