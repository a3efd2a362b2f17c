import Foundation
import Testing
import Traffic

/// Filters with lists of hosts on capture files, and filters that a capture file cannot answer.
@Suite struct ListTrialTests {
    private static let captures = Captures.paths(
        "small/dns_udp.pcap", "small/zeek-mixed-vlan-mpls.pcap", "small/icmpv6.pcap", "small/pppoe.pcap",
        "large/ndpi-teams.pcap", "large/ndpi-1kxun.pcap", "large/zeek-gre-in-gre.pcap")

    /// Most of the address space, and some addresses of the corpus.
    private static let networks = [
        "10.0.0.0/9", "10.200.0.0/16", "192.168.0.0/17", "172.16.3.4", "52.0.0.0/7", "8.8.8.8", "224.0.0.0/4",
        "fe80::/10", "2001:db8::1", "ff02::/64",
    ]

    /// A configuration that contains the list, as filter `bad`.
    private func withList<Result>(
        _ lines: [String], _ body: (_ configuration: String) throws -> Result
    ) throws -> Result {
        try Holdfast.withFile(lines.joined(separator: "\n")) { list in
            try Holdfast.withFile(
                """
                filters:
                  bad: { hosts: \(list) }
                  https: '@bad and port 443'
                  clean: not @bad
                  tagged: vlan and @bad
                captures: { all: { interface: lo } }
                """, body)
        }
    }

    @Test("The command run with @NAME selects the packets of the list's networks", arguments: captures)
    func runByName(capture: String) throws {
        let spelledOut = "(" + ListTrialTests.networks.map { "net \($0)" }.joined(separator: " or ") + ")"
        try withList(ListTrialTests.networks) { configuration in
            for (name, expression) in [
                ("bad", spelledOut), ("https", "\(spelledOut) and port 443"), ("clean", "not \(spelledOut)"),
                ("tagged", "vlan and \(spelledOut)"),
            ] {
                let listed = try Holdfast.filter("run", "@\(name)", capture, "--config", configuration)
                let expected = try Holdfast.filter("run", expression, capture)
                #expect(listed.status == 0 && listed.output == expected.output, "\(name) \(listed.errors)")
                let trace = try Holdfast.filter("trace", "@\(name)", capture, "--config", configuration)
                let verdicts = trace.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }
                #expect(verdicts == listed.output.split(separator: "\n"), "\(name)")
            }
        }
    }

    @Test("The command compile prints the kernel's program and reports a superset")
    func superset() throws {
        try withList(["192.0.2.7"]) { configuration in
            let short = try Holdfast.filter("compile", "@bad", "--config", configuration)
            #expect(short.status == 0 && short.errors == "" && short.output.contains("jeq #0xc0000207"), "\(short)")
        }
        try withList((0..<10_000).map { "10.\($0 / 100).\($0 % 100 * 2).9" }) { configuration in
            let long = try Holdfast.filter(
                "compile", "@bad", "--config", configuration, "--format", "decimal")
            #expect(long.errors.contains("kernel: superset, 10,000 addresses in "), "\(long.errors)")
            #expect(long.output.split(separator: "\n").count <= 4097)
            let check = try Command.run(Holdfast.binary, ["check", configuration])
            #expect(check.status == 0 && check.output.contains("kernel: superset, 10,000 addresses in "), "\(check)")
        }
    }

    @Test("A filter on the direction is refused for a file without directions", .enabled(if: Captures.folder != nil))
    func direction() throws {
        let capture = try #require(Captures.paths("small/dns_udp.pcap").first ?? nil)
        for command in ["run", "trace"] {
            for expression in ["inbound", "outbound and udp"] {
                let result = try Holdfast.filter(command, expression, capture)
                #expect(result.status == 1 && result.output == "", "\(result)")
                #expect(result.errors.contains("does not contain the packet's direction"), "\(result)")
            }
        }
    }

    @Test("Every command refuses a loop with the same message", .enabled(if: Captures.folder != nil))
    func loop() throws {
        let words = "the program jumps back, which the kernel rejects ('protochain' compiles to a loop)"
        let capture = try #require(Captures.paths("small/dns_udp.pcap").first ?? nil)
        let program = try Holdfast.filter("compile", "ip protochain 17", "--format", "decimal").output
        try Holdfast.withFile(program) { program in
            let configurations = [
                "filters: { a: ip protochain 17 }\ncaptures: { a: { interface: lo, filter: a } }",
                "filters: { a: { program: \(program) } }\ncaptures: { a: { interface: lo, filter: a } }",
            ]
            for result in [
                try Holdfast.filter("run", "ip protochain 17", capture),
                try Holdfast.filter("trace", "ip protochain 17", capture),
                try Holdfast.filter("run", "--program", program, capture),
                try Holdfast.filter("verify", program),
            ] {
                #expect(result.status != 0 && result.errors.contains(words), "\(result)")
            }
            for text in configurations {
                let result = try Holdfast.withFile(text) { try Command.run(Holdfast.binary, ["check", $0]) }
                #expect(result.status == 78 && (result.output + result.errors).contains(words), "\(result)")
            }
        }
    }

    @Test("A wrong expression is an error for a file without packets, too")
    func noPackets() throws {
        let empty = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8) + [0, 0, 4, 0, 1, 0, 0, 0]
        try Holdfast.withFile(empty) { capture in
            for command in ["run", "trace"] {
                let wrong = try Holdfast.filter(command, "tcp porrt 3", capture)
                #expect(wrong.status == 1 && wrong.errors.contains("libpcap: "), "\(wrong)")
                let right = try Holdfast.filter(command, "tcp port 3", capture)
                #expect(right.status == 0 && right.output == "" && right.errors == "", "\(right)")
            }
        }
    }

    @Test("A configuration that is a pipe is refused at once")
    func pipe() throws {
        let path = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        #expect(unsafe mkfifo(path, 0o600) == 0)
        defer { unsafe _ = unlink(path) }
        let result = try Command.run(Holdfast.binary, ["check", path])
        #expect(result.status == 78)
        #expect((result.output + result.errors).contains("\(path):1:1: cannot read the file: it is not a regular file"))
    }
}
