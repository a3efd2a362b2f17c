import Control
import Testing

@testable import StatusTool

/// Text on a terminal, and the effect of keys.
struct ScreenTests {
    private static var table: TextTable {
        var table = TextTable("NAME", ">PACKETS", ">LOST", "STATE", expendable: ["PACKETS", "STATE"])
        table.append(["capture-one", "1,000", "12", "capturing"])
        table.append(["b", "1", "0", "waiting"])
        return table
    }

    @Test("A table leaves out the least important columns and names them")
    func omittedColumns() {
        func lines(_ columns: Int?) -> [String] { Self.table.lines(Style(isColoured: false, columns: columns)) }
        #expect(
            lines(nil) == [
                "NAME         PACKETS  LOST  STATE", "capture-one    1,000    12  capturing",
                "b                  1     0  waiting",
            ])
        #expect(lines(37) == lines(nil))
        #expect(
            lines(36) == [
                "NAME         LOST  STATE", "capture-one    12  capturing", "b               0  waiting",
                "(not shown in 36 columns: PACKETS)",
            ])
        #expect(lines(20).first == "NAME         LOST" && lines(20).last == "(not shown in 20 columns: PACKETS, STATE)")
        // Columns that must stay are cut.
        #expect(lines(14).prefix(3) == ["NAME      LOST", "captur..    12", "b            0"])
    }

    @Test("The status and the list of files fit the terminal", arguments: [80, 100, 132])
    func fit(columns: Int) throws {
        let status = Status.example(seconds: 10, packets: 1_000_000_000)
        let style = Style(isColoured: false, columns: columns)
        let text = StatusReport(status, rates: Rates(from: status, to: status), style: style).text
        for line in text.split(separator: "\n") where !line.contains(" is ") && !line.contains(" waits ") {
            #expect(line.count <= columns, "\(line)")
        }
        for name in ["CAPTURE", "INTERFACE", "HOLD_DROPPED", "DISK_DROPPED", "RING_DROPPED"] {
            #expect(text.contains(name), "\(text)")
        }
    }

    @Test("Control characters in names are escaped")
    func names() {
        var table = TextTable("NAME")
        table.append(["a\u{1b}[2Jb\n"])
        #expect(table.lines(.plain) == ["NAME", "a\\x1b[2Jb\\x0a"])
    }

    @Test("Keys can arrive in parts, and an escape alone is not a key")
    func keys() {
        var reader = KeyReader()
        #expect(reader.take("q\u{1b}[A\u{1b}OB".utf8) == [.character("q"), .up, .down])
        #expect(reader.take("\u{1b}".utf8) == [])
        #expect(reader.take("[".utf8) == [])
        #expect(reader.take("6~".utf8) == [.pageDown])
        #expect(reader.take("\u{1b}[1;5A\u{1b}[15~\u{1b}x?".utf8) == [.other, .other, .other, .character("?")])
        #expect(reader.take("\u{1b}\u{1b}[H".utf8) == [.home])
    }

    @Test("The head stays in place, and the body scrolls between its ends")
    func scrolling() {
        let screen = Screen(head: ["head"], body: (1...10).map { "line \($0)" })
        var viewport = Viewport()
        func lines() -> [String] { viewport.lines(of: screen, rows: 6) }
        func press(_ keys: Key...) { for key in keys { _ = viewport.take(key, on: screen, rows: 6) } }
        #expect(lines() == ["head", "line 1", "line 2", "line 3", "line 4", "lines 1-4 of 10; ? shows the keys"])
        press(.up)
        #expect(lines()[1] == "line 1")
        press(.down, .down)
        #expect(lines()[1] == "line 3")
        press(.pageDown)
        #expect(lines()[1] == "line 6")
        press(.pageDown, .down)
        #expect(lines()[4] == "line 10")
        press(.home, .end, .up)
        #expect(lines()[1] == "line 6")
        press(.character("?"))
        #expect(lines().first?.hasPrefix("q, Ctrl-C") ?? false)
        press(.down)
        #expect(lines()[1] == "line 6")
        // A screen that fits is shown completely.
        #expect(viewport.lines(of: screen, rows: 11) == screen.lines)
    }

    @Test("Only q and Ctrl-C quit")
    func quitting() {
        let screen = Screen(head: [], body: [])
        for key in [Key.character("q"), .character("\u{3}")] {
            var viewport = Viewport()
            #expect(viewport.take(key, on: screen, rows: 5) == .end)
        }
        for key in [Key.up, .down, .pageUp, .home, .other, .character("x"), .character("?")] {
            var viewport = Viewport()
            #expect(viewport.take(key, on: screen, rows: 5) == .draw)
        }
    }
}
