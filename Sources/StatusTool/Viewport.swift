/// The visible part of a screen: its head, and as much of its body as fits.
package struct Viewport: Sendable {
    /// The effect of a key.
    package enum Answer: Sendable {
        case draw
        case end
    }

    /// Lines of the body above the visible part.
    private var above = 0
    private var showsKeys = false

    private static let help = [
        "q, Ctrl-C          quit",
        "down, up; j, k     one line down, up",
        "PageDown, PageUp   one screen down, up; also Space, b",
        "Home, End; g, G    first line, last line",
        "?                  show these keys; any key returns",
    ]

    package init() {}

    /// Handles a key. `rows` is the height of the terminal.
    package mutating func take(_ key: Key, on screen: Screen, rows: Int) -> Answer {
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

    /// The lines to draw, at most `rows`.
    package func lines(of screen: Screen, rows: Int) -> [String] {
        if showsKeys { return Array(Viewport.help.prefix(rows)) }
        let (room, count) = (room(on: screen, rows: rows), screen.body.count)
        guard room < count else { return screen.head + screen.body }
        let first = max(0, min(above, count - room))
        let place = "lines \(first + 1)-\(first + room) of \(count); ? shows the keys"
        return Array((screen.head + screen.body[first..<first + room] + [place]).suffix(rows))
    }

    /// The number of visible lines of the body. If the body does not fit, the last row shows the position.
    private func room(on screen: Screen, rows: Int) -> Int {
        let room = rows - screen.head.count
        return screen.body.count <= room ? screen.body.count : max(0, room - 1)
    }
}

/// The lines of a screen: the head, which stays in place, and the body, which scrolls.
package struct Screen: Sendable {
    package var head: [String]
    package var body: [String]

    package init(head: [String], body: [String]) { (self.head, self.body) = (head, body) }

    package var lines: [String] { head + body }
}
