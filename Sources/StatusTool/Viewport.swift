/// What of a screen is seen when it is longer than the terminal: its head always, and as much of its body as there is room for.
public struct Viewport: Sendable {
    /// What a key asks for.
    public enum Answer: Sendable {
        case draw
        case end
    }

    /// How many lines of the body are above.
    private var above = 0
    private var showsKeys = false

    private static let help = [
        "q, Ctrl-C          end",
        "down, up; j, k     a line further, back",
        "PageDown, PageUp   a screen further, back; also Space, b",
        "Home, End; g, G    to the beginning, to the end",
        "?                  these keys; any key goes back",
    ]

    public init() {}

    /// `rows` are those of the terminal.
    public mutating func take(_ key: Key, on screen: Screen, rows: Int) -> Answer {
        if key == .character("q") || key == .character("\u{3}") { return .end }
        if showsKeys {
            showsKeys = false
            return .draw
        }
        let (room, count) = (room(on: screen, rows: rows), screen.body.count)
        switch key {
        case .character("?"), .character("h"): showsKeys = true
        case .down, .character("j"): above += 1
        case .up, .character("k"): above -= 1
        case .pageDown, .character(" "): above += max(1, room - 1)
        case .pageUp, .character("b"): above -= max(1, room - 1)
        case .home, .character("g"): above = 0
        case .end, .character("G"): above = count
        default: break
        }
        above = max(0, min(above, count - room))
        return .draw
    }

    /// The lines to be drawn, at most `rows`.
    public func lines(of screen: Screen, rows: Int) -> [String] {
        if showsKeys { return Array(Viewport.help.prefix(rows)) }
        let (room, count) = (room(on: screen, rows: rows), screen.body.count)
        guard room < count else { return screen.head + screen.body }
        let first = max(0, min(above, count - room))
        let place = "lines \(first + 1)-\(first + room) of \(count); ? shows the keys"
        return Array((screen.head + screen.body[first..<first + room] + [place]).suffix(rows))
    }

    /// How many lines of the body are seen. The last row says which.
    private func room(on screen: Screen, rows: Int) -> Int {
        let room = rows - screen.head.count
        return screen.body.count <= room ? screen.body.count : max(0, room - 1)
    }
}

/// The lines of a picture: those that stay in place, and those that scroll.
public struct Screen: Sendable {
    public var head: [String]
    public var body: [String]

    public init(head: [String], body: [String]) { (self.head, self.body) = (head, body) }

    public var lines: [String] { head + body }
}
