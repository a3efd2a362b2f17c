import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// `holdfast top` in a terminal.
    @Suite struct TopInTerminal {
        /// A daemon with a number of captures that wait for interfaces.
        private static func daemon(captures: Int, named name: String = "capture", in folder: String) throws -> Daemon {
            let entries = (0..<captures).map { "  \(name)\($0): { interface: hfnone\($0) }" }
            return try Daemon.capturing("captures:\n" + entries.joined(separator: "\n"), in: folder)
        }

        private static func top(_ terminal: borrowing Pseudoterminal, _ daemon: Daemon, in folder: String) throws
            -> ChildProcess
        {
            try ChildProcess(
                Daemon.binaries + "/holdfast", ["top", "-d60", "--socket", Daemon.socket(in: folder)],
                input: terminal.path, output: terminal.path, errors: folder + "/errors")
        }

        @Test("Arrow and page keys scroll and do not quit, ? shows the keys, and q quits")
        func keys() throws {
            let folder = try TemporaryFolder()
            let daemon = try TopInTerminal.daemon(captures: 30, in: folder.path)
            var terminal = try Pseudoterminal(rows: 12, columns: 80)
            let top = try TopInTerminal.top(terminal, daemon, in: folder.path)
            func sees(_ what: String, _ condition: ([String]) -> Bool) throws {
                var picture: [String] = []
                do {
                    try eventually(what) {
                        picture = terminal.picture()
                        return condition(picture)
                    }
                } catch {
                    Issue.record("\(error); the screen:\n\(picture.joined(separator: "\n"))")
                    throw error
                }
                #expect(picture.count <= 12 && picture.allSatisfy { $0.count <= 80 }, "\(picture)")
                #expect(top.isRunning)
            }
            func last(_ picture: [String], begins text: String) -> Bool { picture.last?.hasPrefix(text) ?? false }

            try sees("the beginning") { $0.contains { $0.hasPrefix("capture0 ") } && last($0, begins: "lines 1-") }
            try terminal.type("\u{1b}[B")
            try sees("a line further") { last($0, begins: "lines 2-") && !$0.contains { $0.hasPrefix("capture0 ") } }
            // In two parts, as on a slow line, and in the other form that terminals send.
            try terminal.type("\u{1b}")
            try terminal.type("[B\u{1b}OB")
            try sees("three lines further") { last($0, begins: "lines 4-") }
            try terminal.type("\u{1b}[A")
            try sees("a line back") { last($0, begins: "lines 3-") }
            try terminal.type("\u{1b}[F")
            try sees("the end") { $0.contains { $0.hasPrefix("capture29 ") } }
            try terminal.type("\u{1b}[5~\u{1b}[H\u{1b}[C\u{1b}[D\u{1b}[15~")
            try sees("the beginning again") { last($0, begins: "lines 1-") }
            try terminal.type("?")
            try sees("the keys") { $0.contains { $0.hasPrefix("PageDown, PageUp") } }
            try terminal.type("x")
            try sees("what was there before") { last($0, begins: "lines 1-") }
            try terminal.type("q")
            try eventually("the end of top") { !top.isRunning }
            #expect(top.wait() == 0)
            #expect(terminal.text().hasSuffix("\u{1b}[?25h\u{1b}[?1049l"))
            try daemon.stopIdle()
        }

        @Test("In 80 columns the least important columns are omitted and named, and LOST always stays")
        func narrow() throws {
            let folder = try TemporaryFolder()
            let daemon = try TopInTerminal.daemon(captures: 1, named: "a-name-of-its-own", in: folder.path)
            for (columns, has, lacks) in [
                (120, "IN FLIGHT  RING", "not shown"), (80, "(not shown in 80 columns: IN FLIGHT)", "IN FLIGHT  RING"),
                (40, "INTERFACE  LOST", "LOST/S  "),
            ] as [(UInt16, String, String)] {
                var terminal = try Pseudoterminal(rows: 24, columns: columns)
                let top = try TopInTerminal.top(terminal, daemon, in: folder.path)
                try eventually("a picture") { terminal.picture().contains { $0.hasPrefix("a-name-of") } }
                let picture = terminal.picture()
                let text = picture.joined(separator: "\n")
                #expect(text.contains(has) && !text.contains(lacks), "\(text)")
                #expect(text.contains(" LOST"), "\(text)")
                #expect(picture.allSatisfy { $0.count <= Int(columns) }, "\(text)")
                try terminal.type("\u{3}")
                try eventually("the end of top") { !top.isRunning }
            }
            try daemon.stopIdle()
        }
    }
}
