import Foundation
import Testing
import Traffic

extension Live {
    /// The service from its package, as systemd runs it.
    @Suite(.enabled(if: Requirement.bootedSystemd)) struct Service {
        private static let frames = FrameSequence([.udp, .tcp])

        @Test("Started means that it captures; stopping it loses nothing")
        func capture() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService("captures: { all: { interface: hfb1 } }")
            try service.start()
            try Generator(Service.frames, on: link.near, rate: 50_000).send(0..<20_000)
            try service.stop()
            #expect(try service.property("Result") == "success")
            let log = try service.journal
            #expect(log.isBalanced && log.losses == 0, "\(log.text)")
            let found = try FrameCheck(Service.frames, in: service.segments(of: "all").paths)
            #expect(found.isPrefix && found.count == 20_000, "\(found.count)")
        }
    }
}
