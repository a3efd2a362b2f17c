import ArgumentParser
import Control
import FilterTool
import Settings
import StatusTool

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show live where packets arrive, what is lost, and the sizes of packets.",
        discussion: """
            On a terminal, the screen is updated in place: arrow keys scroll, ? shows the keys, q quits. Elsewhere, \
            each update is printed below the previous one.
            """)

    @OptionGroup var daemon: DaemonOption

    @Option(
        name: [.customShort("d", allowingJoined: true), .long],
        help: ArgumentHelp("Time between updates: seconds, or a duration such as 500ms.", valueName: "TIME"))
    var delay = Delay(seconds: 1)

    @Option(
        name: [.customShort("n", allowingJoined: true), .long],
        help: ArgumentHelp("End after this many updates.", valueName: "NUMBER"))
    var count: Int?

    func validate() throws {
        guard delay.seconds >= 0.1, delay.seconds <= 3600 else {
            throw ValidationError("'--delay' must be from 0.1 to 3600 seconds.")
        }
        guard count ?? 1 > 0 else { throw ValidationError("'--count' must be at least 1.") }
    }

    func run() async throws {
        try await reportingErrors {
            let first = try await daemon.client.status()
            if var terminal = Terminal() {
                try await draw(in: &terminal, since: first)
            } else {
                try await write(since: first)
            }
        }
    }

    private func draw(in terminal: inout Terminal, since first: Status) async throws {
        var (before, viewport) = (first, Viewport())
        var screen = TopScreen(first, rates: Rates(from: first, to: first), style: .ofOutput).screen
        for _ in 0..<(count ?? .max) {
            let next = ContinuousClock.now + .seconds(delay.seconds)
            terminal.draw(viewport.lines(of: screen, rows: terminal.rows))
            while let key = terminal.key(before: next) {
                guard viewport.take(key, on: screen, rows: terminal.rows) == .draw else { return }
                terminal.draw(viewport.lines(of: screen, rows: terminal.rows))
            }
            do {
                let status = try await daemon.client.status()
                screen = TopScreen(status, rates: Rates(from: before, to: status), style: .ofOutput).screen
                before = status
            } catch let error as ControlError {
                // The daemon can come back, for example after a restart, so the error stays on the screen until then.
                screen = Screen(head: [], body: ["\(error)"])
            }
        }
        terminal.draw(viewport.lines(of: screen, rows: terminal.rows))
    }

    private func write(since first: Status) async throws {
        var before = first
        var output = Output()
        for _ in 0..<(count ?? .max) {
            try await Task.sleep(for: .seconds(delay.seconds))
            let status = try await daemon.client.status()
            let screen = TopScreen(status, rates: Rates(from: before, to: status), style: .ofOutput).screen
            try output.write(screen.lines.joined(separator: "\n") + "\n\n")
            before = status
        }
    }
}

/// A time in seconds, with or without a fraction, or a duration with a unit.
struct Delay: ExpressibleByArgument {
    let seconds: Double

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        guard let seconds = Double(argument) ?? Units.milliseconds(argument).map({ Double($0) / 1000 }) else {
            return nil
        }
        self.init(seconds: seconds)
    }

    var defaultValueDescription: String { "1s" }
}
