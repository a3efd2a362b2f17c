import CLinux
import Foundation
import Glibc
import Linux
import TestSupport
import Testing
import Traffic

extension Live.Service {
    /// What a reload can name that answers late or never.
    enum Hang: String, CaseIterable, CustomTestStringConvertible {
        /// The directory of a capture is on a frozen file system.
        case frozen
        /// The directory of a capture is on a file system that answers no call.
        case silent
        /// An expression with 3,000 hosts, for which libpcap needs minutes.
        case hosts
        /// A host name, with a resolver that does not answer.
        case resolver

        var testDescription: String { rawValue }

        /// The configuration of a second capture with its filter.
        var configuration: String {
            let filter =
                switch self {
                case .frozen, .silent: "udp"
                case .hosts: (0..<3000).map { "host 10.\($0 / 250).\($0 % 250).1" }.joined(separator: " or ")
                case .resolver: "host db.example.com"
                }
            let directory = InstalledService.state + "/captures/\(self)/more"
            return """
                filters: { more: \(filter) }
                captures: { all: { interface: hfb1 }, more: { interface: hfb1, filter: more, directory: \(directory) } }
                """
        }
    }

    @Test(
        "A reload that blocks affects neither the watchdog, nor the other captures, nor a stop",
        .enabled(if: Requirement.freezing), .enabled(if: Requirement.fuse),
        arguments: Hang.allCases)
    func hangs(_ hang: Hang) throws {
        let link = try VethPair("hfb0", "hfb1")
        let frames = FrameSequence([.udp, .tcp])
        let service = try InstalledService(
            "captures: { all: { interface: hfb1 } }",
            dropIn: "WatchdogSec=4s\nRestrictAddressFamilies=AF_INET\nIPAddressAllow=localhost")
        let folder = InstalledService.state + "/captures"
        try Command.check("install", ["-d", "-o", "holdfast", "-g", "holdfast", "-m", "750", folder])
        let resolver = hang == .resolver ? try SilentResolver() : nil
        try service.start()
        let process = try service.process
        var disk = hang == .frozen ? try LoopDisk(folder + "/frozen", size: "32M") : nil
        let silent = hang == .silent ? try SilentFileSystem(folder + "/silent") : nil
        if disk != nil { try Command.check("chown", ["holdfast:holdfast", folder + "/frozen"]) }
        try disk?.freeze()

        let traffic = try Generator(frames, on: link.near, rate: 2000).start(0..<1_000_000)
        try service.configure(hang.configuration)
        let reload = try ChildProcess(
            "/usr/bin/systemctl", ["reload", "holdfastd"], output: "/dev/null", errors: "/dev/null")
        let began = Date()
        // Three times the watchdog's timeout.
        while reload.isRunning || Date().timeIntervalSince(began) < 12 {
            #expect(try staysTrue(for: 0.2) { try Command.run("holdfast", ["status", "--json"]).status == 0 })
        }
        #expect(try service.process == process && service.property("NRestarts") == "0")
        let sent = try traffic.stop().sent
        let stopping = Date()
        try service.stop()
        #expect(Date().timeIntervalSince(stopping) < 10)
        #expect(try service.property("Result") == "success")
        let log = try service.journal
        #expect(log.losses == 0 && log.isBalanced, "\(log.text)")
        let found = try FrameCheck(frames, in: service.segments(of: "all").paths)
        #expect(found.isPrefix && found.count == sent, "\(found.count) of \(sent)")
        try disk?.thaw()
        withExtendedLifetime((silent, resolver)) {}
    }
}

/// A resolver that receives questions and never answers. It replaces the system's resolver until the object is
/// released.
private final class SilentResolver {
    private static let path = "/etc/resolv.conf"
    private let socket: Descriptor
    private let before: String?

    init() throws {
        let number = Glibc.socket(AF_INET, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        socket = Descriptor(owning: number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(53).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0, "the address 127.0.0.1:53 is taken")
        before = try? String(contentsOfFile: SilentResolver.path, encoding: .utf8)
        try "nameserver 127.0.0.1\noptions timeout:15 attempts:2\n".write(
            toFile: SilentResolver.path, atomically: true, encoding: .utf8)
    }

    deinit { try? before?.write(toFile: SilentResolver.path, atomically: true, encoding: .utf8) }
}
