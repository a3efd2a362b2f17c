import Control
import Counters
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Interfaces whose names are not plain text.
    @Suite(.enabled(if: Requirement.curl)) struct InterfaceNames {
        /// Each name as input of printf(1), and as the daemon prints it.
        private static let names = [
            (#"\033[31mR"#, #"\x1b[31mR"#), (#"\303\251"#, "é"), (#"e\314\201"#, #"e\xcc\x81"#), (#"a\377"#, #"a\xff"#),
            (#"a\376"#, #"a\xfe"#),
        ]

        @Test("Names that look alike or contain control characters are separate interfaces, and escaped everywhere")
        func names() async throws {
            let folder = try TemporaryFolder()
            let frames = FrameSequence([.udp])
            for (index, (name, _)) in InterfaceNames.names.enumerated() {
                let script = """
                    name=$(printf '\(name)'); ip link add hfe\(index) type veth peer name "$name" || exit 1
                    ip link set hfe\(index) up; ip link set "$name" up
                    """
                try Command.check("sh", ["-c", script])
            }
            defer {
                for index in InterfaceNames.names.indices { _ = try? Command.ip("link delete hfe\(index)") }
            }
            let daemon = try Daemon.capturing(
                "filters: { udp: udp }\ncaptures: { all: { interface: '*', filter: udp, direction: in, flush: 50ms } }",
                in: folder.path)
            for index in InterfaceNames.names.indices {
                try Generator(frames, on: "hfe\(index)", rate: 10_000).send(0..<UInt64(10 * (index + 1)))
            }
            let status = try await daemon.quietStatus(after: 150)
            let rows = status.captures[0].interfaces
            for (index, (_, text)) in InterfaceNames.names.enumerated() {
                let found = rows.filter { Array($0.interface.utf8) == Array(text.utf8) }
                #expect(found.map { $0[.written] } == [UInt64(10 * (index + 1))], "\(text): \(rows.map(\.interface))")
                #expect(status.interfaces.count { Array($0.interface.utf8) == Array(text.utf8) } == 1)
                let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/all").filter {
                    $0.utf8.starts(with: "all-\(text)-2".utf8)
                }
                #expect(files.count == 1, "\(text)")
            }
            let said = [
                try daemon.holdfast("status").output, try daemon.holdfast("top", "-n1").output,
                try daemon.holdfast("files").output, try daemon.holdfast("status", "--json").output,
                try Curl.ask(Daemon.socket(in: folder.path), "GET", "/metrics").body, try daemon.stop().text,
            ]
            for text in said {
                #expect(!text.contains("\u{1b}") && text.contains("x1b[31mR"), "\(text)")
            }
        }
    }
}
