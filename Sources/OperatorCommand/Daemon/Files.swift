import ArgumentParser
import Control
import FilterTool
import Rules
import Settings
import StatusTool

struct Files: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the files of captures and the time that each file covers.",
        discussion: """
            Asks the daemon for the directories, or reads its configuration if it does not run. A file whose name \
            ends in .part is open: the daemon still writes it, and it can be read up to the last flush.
            """)

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "Print only the paths of sealed files, for other programs.")
    var paths = false

    @Flag(help: "With --paths, also print the paths of open files.")
    var open = false

    @Flag(help: "Print a list of objects as JSON, open files included.")
    var json = false

    @Flag(help: "Count the packets of files that do not contain their number: compressed and open files, too.")
    var count = false

    @Option(help: ArgumentHelp("Only files with packets at or after this time.", valueName: "TIME"))
    var since: TimeOption?

    @Option(help: ArgumentHelp("Only files with packets before this time.", valueName: "TIME"))
    var until: TimeOption?

    @Flag(help: "List the files that no configured capture owns. Retention never removes them.")
    var orphans = false

    @Argument(
        help: ArgumentHelp("Captures (default: all).", valueName: "NAME"), completion: Completions.captures)
    var names: [String] = []

    func validate() throws {
        if open && !paths { throw ValidationError("'--open' requires '--paths'; without it, open files are listed.") }
        if paths && json { throw ValidationError("'--paths' and '--json' exclude each other.") }
        if orphans && !names.isEmpty { throw ValidationError("'--orphans' accepts no capture names.") }
    }

    func run() async throws {
        try await reportingErrors {
            let host = try await host()
            var list = SegmentList(reading: count, since: since?.moment, until: until?.moment)
            if orphans {
                try list.addOrphans(of: host.captures, below: host.directory)
            } else {
                for capture in try wanted(of: host.captures) { try list.add(capture) }
            }
            for complaint in list.complaints { Message.write(complaint) }
            var output = Output()
            if json {
                try output.write(String(decoding: try Coding.encode(list.segments), as: UTF8.self))
            } else {
                try output.write(paths ? list.paths(includingOpen: open) : list.text(.ofOutput))
            }
        }
    }

    private func wanted(of captures: [SegmentList.Folder]) throws -> [SegmentList.Folder] {
        guard !names.isEmpty else { return captures }
        return try names.map { name in
            guard let capture = captures.first(where: { $0.capture == name }) else {
                let hint = Suggestion.hint(for: name, among: captures.map(\.capture))
                throw CommandError("there is no capture '\(name)'\(hint)")
            }
            return capture
        }
    }

    /// The captures with their directories, and the directory below which captures without a directory of their own
    /// store.
    private func host() async throws -> (captures: [SegmentList.Folder], directory: String?) {
        do {
            let status = try await daemon.client.status()
            return (status.captures.map { SegmentList.Folder($0) }, status.configuration.directory)
        } catch ControlError.notRunning where daemon.socket == nil {
            let settings = try Settings.load(daemon.configuration)
            return (
                settings.captures.map { SegmentList.Folder(capture: $0.rule.name, path: $0.rule.directory) },
                settings.directory
            )
        }
    }
}
