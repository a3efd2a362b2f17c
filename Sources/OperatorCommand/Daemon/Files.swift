import ArgumentParser
import Capture
import Control
import FilterTool
import Settings
import StatusTool

struct Files: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The files of captures: what they cover, and how large they are.",
        discussion: """
            Asks the daemon where they are, or reads its configuration when it does not run. A file that ends in .part is being \
            written; it may be opened, up to the last flush.
            """)

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "Only the paths of sealed files, for other programs.")
    var paths = false

    @Flag(help: "With --paths, those of open files, too.")
    var open = false

    @Flag(help: "As JSON, a list of objects. Open files are in it, and say so.")
    var json = false

    @Flag(help: "Read files that do not say how many packets they hold, compressed and open ones too, and count.")
    var count = false

    @Option(help: ArgumentHelp("Only files with packets from this time on, by their times.", valueName: "TIME"))
    var since: TimeOption?

    @Option(help: ArgumentHelp("Only files with packets before this time, by their times.", valueName: "TIME"))
    var until: TimeOption?

    @Flag(help: "Files of captures that the configuration no longer has, which nothing removes.")
    var orphans = false

    @Argument(
        help: ArgumentHelp("Captures; without one, all.", valueName: "NAME"), completion: Completions.captures)
    var names: [String] = []

    func validate() throws {
        if open && !paths { throw ValidationError("'--open' goes with '--paths'; without it, open files are listed.") }
        if paths && json { throw ValidationError("'--paths' and '--json' exclude each other.") }
        if orphans && !names.isEmpty { throw ValidationError("'--orphans' belong to no capture: name none.") }
    }

    func run() async throws {
        try await reportingMistakes {
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

    /// The captures and their folders, and the directory below which captures go that name none.
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
