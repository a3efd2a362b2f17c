import Capture
import Linux
import Logging
import Rules
import Segments
import Settings

/// Reads a configuration for a reload, on its own thread: the file, the files that it names, the filter compiler, the
/// resolver and the directories may each take long or hang.
struct ReloadReader: Sendable {
    let path: String
    let compilers: FilterCompilers
    /// The interfaces that exist.
    let interfaces: @Sendable () throws(SystemError) -> [Interface]
    /// Existing catalogs continue; new directories are adopted.
    let running: SegmentCatalogs
    let adopter: Adopter
    let log: Logger

    struct Found: Sendable {
        let settings: Settings
        let retentions: SegmentCatalogs
        let interfaces: [Interface]
    }

    enum ReadFailure: Error {
        /// The configuration is invalid: one message per error.
        case invalid([String])
        /// A directory refuses access.
        case directory(SystemError)
    }

    func read() -> Result<Found, ReadFailure> {
        do {
            let (settings, interfaces) = try Settings.checked(path, with: compilers, on: interfaces)
            return .success(
                Found(settings: settings, retentions: try retentions(for: settings), interfaces: interfaces))
        } catch let error as ConfigurationError {
            return .failure(.invalid(error.diagnostics.map { "\($0)" }))
        } catch let error as SystemError {
            return .failure(.directory(error))
        } catch {
            return .failure(.invalid(["\(error)"]))
        }
    }

    private func retentions(for settings: Settings) throws -> SegmentCatalogs {
        var retentions = SegmentCatalogs(after: running)
        let new = settings.captures.map(\.rule).filter { !retentions.keep($0, from: running) }
        let gathered = adopter.gather(
            new.map { ($0.name, $0.directory) }, configured: settings.captures.map(\.rule.name),
            freeSpace: settings.freeSpace)
        if let (_, error) = (gathered.failed + gathered.silent).first { throw error }
        for found in gathered.found {
            guard let rule = new.first(where: { $0.name == found.capture }) else { continue }
            log.tell(found, isOurs: running.directories.contains(rule.directory))
            retentions.open(rule, found: found)
        }
        return retentions
    }
}
