import Foundation
import Testing
import Traffic

extension Live.Service {
    @Test("Inside the unit's sandbox a reload reads changed, new and removed included files")
    func includedFiles() throws {
        let link = try VethPair("hfb0", "hfb1")
        let frames = FrameSequence([.udp])
        let folder = "/etc/holdfast/conf.d"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ name: String, _ text: String) throws {
            // As an editor does it: another file under the same name.
            try text.write(toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
        }
        try write("10-all", "captures: { all: { interface: hfb1 } }")
        let service = try InstalledService("include: conf.d/*.yaml")
        try service.start()
        let process = try service.process
        try Generator(frames, on: link.near, rate: nil).send(0..<100)

        try write("20-more", "filters: { udp: udp }\ncaptures: { more: { interface: hfb1, filter: udp } }")
        #expect(try service.reload() == 0)
        try Generator(frames, on: link.near, rate: nil).send(100..<200)

        try write("20-more", "captures: { more: { interface: hfb1, filter: none } }")
        #expect(try service.reload() != 0)
        let refusals = try service.journal.entries.filter { $0.level == "error" }.map(\.message)
        #expect(refusals.contains { $0.hasPrefix("\(folder)/20-more.yaml:1:46: ") }, "\(refusals)")
        try Generator(frames, on: link.near, rate: nil).send(200..<300)

        try FileManager.default.removeItem(atPath: "\(folder)/20-more.yaml")
        try write("10-all", "captures: { all: { interface: hfb1, snap-length: 64 } }")
        #expect(try service.reload() == 0)
        try Generator(frames, on: link.near, rate: nil).send(300..<400)
        #expect(try service.process == process)
        try service.stop()
        let log = try service.journal
        #expect(log.isBalanced && log.losses == 0, "\(log.text)")
        #expect(log.capture("all")?.written == 400 && log.capture("all")?.truncated == 100, "\(log.text)")
        #expect(log.capture("more")?.written == 200, "\(log.text)")
    }
}
