import Foundation
import Testing
import Traffic

extension Live {
    /// What is said while more happens than anybody reads.
    @Suite struct Log {
        @Test("Files that end hundreds of times a second are told in part, and how many were left out")
        func limit() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfg0", "hfg1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfg1, rotate: { packets: 1 }, sync: none } }", in: folder.path)
            try Generator(FrameSequence(), on: link.near, rate: 500, batch: 1).send(0..<300)
            let log = try daemon.stop()
            let lines = log.events("sealed", capture: "all", interface: "hfg1").count
            let suppressed = log.events("suppressed").filter { $0["about"] == "sealed, all on hfg1" }
            let leftOut = suppressed.map { $0.number("lines") }
            let files = try Segments(in: folder.path + "/all").names.count
            print("LOG: \(files) files, \(lines) lines, left out \(leftOut)")
            #expect(lines >= 60 && lines < files && lines + leftOut.reduce(0, +) == files)
        }
    }
}
