import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Signals and their effects.
    @Suite struct Signals {
        private static let frames = FrameSequence([.udp, .tcp])

        /// Signals whose default action would end the process and that have no meaning for the daemon.
        private static let meaningless =
            [SIGPIPE, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ]
            + [__libc_current_sigrtmin(), __libc_current_sigrtmin() + 4, __libc_current_sigrtmax()]

        @Test("SIGUSR1 begins a new segment of every capture, and signals without a meaning change nothing")
        func signals() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfu0", "hfu1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfu1 }, udp: { interface: hfu1, snap-length: 64 } }", in: folder.path)
            try Generator(Signals.frames, on: link.near, rate: nil).send(0..<100)
            for signal in Signals.meaningless { daemon.send(signal) }
            // Signals are delivered in no order. Another signal sent later therefore has to arrive, to show that these
            // arrived.
            daemon.send(SIGUSR1)
            try daemon.wait(event: "sealed", capture: "all")
            try daemon.wait(event: "sealed", capture: "udp")
            #expect(daemon.log.events("command").filter { $0["command"] == "rotate" }.count == 1)
            try Generator(Signals.frames, on: link.near, rate: nil).send(100..<200)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.captures.allSatisfy { $0.written == 200 })
            for capture in ["all", "udp"] {
                let segments = try Segments(in: folder.path + "/" + capture)
                #expect(segments.names.count == 2 && segments.parts.isEmpty)
            }
            #expect(try FrameCheck(Signals.frames, in: Segments(in: folder.path + "/all").paths).count == 200)
        }

        @Test("A SIGHUP or SIGUSR1 before the daemon captures takes effect when it does", arguments: 1...5)
        func early(round: Int) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfu0", "hfu1")
            let daemon = try Daemon("captures: { all: { interface: \(link.far) } }", in: folder.path)
            try eventually("SIGHUP to be blocked") {
                guard daemon.isRunning else { throw Late(what: "a daemon that has ended") }
                let status = try ThreadStatus.all(of: daemon.id)
                return status.contains { (UInt64($0["SigBlk"], radix: 16) ?? 0) & 1 << UInt64(SIGHUP - 1) != 0 }
            }
            daemon.send(SIGHUP)
            daemon.send(SIGUSR1)
            try daemon.wait(event: "started")
            try daemon.wait(event: "reloaded")
            try daemon.wait(event: "command")
            try Generator(Signals.frames, on: link.near, rate: nil).send(0..<10)
            #expect(try daemon.stop().capture("all")?.written == 10)
        }
    }
}
