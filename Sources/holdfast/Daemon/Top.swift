import ArgumentParser
import Control
import FilterTool
import StatusTool

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Where packets come now, what is lost, and how large they are.",
        discussion: "In a terminal, drawn in place until q is pressed; elsewhere, one picture after the other.")

    @OptionGroup var daemon: DaemonOption

    @Option(name: .shortAndLong, help: ArgumentHelp("Seconds between two pictures.", valueName: "SECONDS"))
    var delay = 1.0

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many pictures.", valueName: "NUMBER"))
    var count: Int?

    func validate() throws {
        guard delay >= 0.1, delay <= 3600 else { throw ValidationError("'--delay' is from 0.1 to 3600 seconds.") }
    }

    func run() async throws {
        try await reportingMistakes {
            let first = try await daemon.client.status()
            if let terminal = Terminal() {
                try await draw(in: terminal, since: first)
            } else {
                try await write(since: first)
            }
        }
    }

    private func draw(in terminal: borrowing Terminal, since first: Status) async throws {
        var before = first
        terminal.draw(TopScreen(first, rates: Rates(from: first, to: first), style: .ofOutput).lines)
        for _ in 0..<(count ?? .max) {
            if let key = terminal.key(within: delay), Top.quits.contains(key) { return }
            do {
                let status = try await daemon.client.status()
                terminal.draw(TopScreen(status, rates: Rates(from: before, to: status), style: .ofOutput).lines)
                before = status
            } catch let error as ControlError {
                // It may come back, which whoever sits there can wait for.
                terminal.draw(["\(error)"])
            }
        }
    }

    private func write(since first: Status) async throws {
        var before = first
        var output = Output()
        for _ in 0..<(count ?? .max) {
            try await Task.sleep(for: .seconds(delay))
            let status = try await daemon.client.status()
            let lines = TopScreen(status, rates: Rates(from: before, to: status), style: .ofOutput).lines
            try output.write(lines.joined(separator: "\n") + "\n\n")
            before = status
        }
    }

    /// `q`, Ctrl-C, Escape.
    private static let quits: [Character] = ["q", "\u{3}", "\u{1b}"]
}
