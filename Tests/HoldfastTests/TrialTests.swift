import Foundation
import Testing
import Traffic

/// Filters on capture files: `run` selects the same packets as tcpdump, and `trace` reaches the same results.
@Suite struct TrialTests {
    private static let captures = Captures.paths(
        "small/dns_udp.pcap", "small/derived-be-nano.pcap", "small/tcp-handshake-nano.pcap",
        "small/of13_ericsson.pcapng",
        "small/802.1ad_QinQ.pcap", "small/zeek-6in4.pcap", "small/zeek-mixed-vlan-mpls.pcap", "small/icmpv6.pcap",
        "small/time_2106_overflow.pcapng", "large/ndpi-teams.pcap", "large/zeek-irc-dcc.pcapng", "large/suri-sll2.pcap",
        "large/suri-defrag-spray.pcap")

    private static let expressions = [
        "ip", "udp port 53", "tcp[13] & 2 != 0", "ip6", "arp or icmp or icmp6", "less 80", "not tcp",
        "src portrange 1-1023",
    ]

    @Test(
        "The command run selects what tcpdump selects", .enabled(if: Command.path(of: "tcpdump") != nil),
        arguments: captures)
    func runSelects(capture: String) throws {
        let packets = try Captures.packets(of: capture)
        #expect(!packets.isEmpty)
        for expression in TrialTests.expressions {
            let run = try Holdfast.filter("run", expression, capture)
            #expect(run.status == 0 && run.errors == "")
            let lines = run.output.split(separator: "\n").map { $0.split(separator: "\t") }
            #expect(lines.map { $0[0] } == (1...packets.count).map { Substring(String($0)) })
            let ours = zip(lines, packets).filter { $0.0[1] != "0" }.map(\.1)
            let theirs = try Holdfast.withFile("") { path in
                try Command.check("tcpdump", ["-r", capture, "-w", path, expression])
                return try Captures.packets(of: path)
            }
            #expect(ours == theirs, "\(expression): \(ours.count) packets, not \(theirs.count)")
        }
    }

    @Test("The command trace ends with the results of run", arguments: captures)
    func traceResults(capture: String) throws {
        let expression = "tcp port 80 or udp port 53"
        let run = try Holdfast.filter("run", expression, capture)
        let trace = try Holdfast.filter("trace", expression, capture)
        // Steps are indented. The last step of each packet returns.
        let lines = trace.output.split(separator: "\n")
        #expect(lines.filter { !$0.hasPrefix(" ") } == run.output.split(separator: "\n"))
        for (step, line) in zip(lines, lines.dropFirst()) where !line.hasPrefix(" ") {
            #expect(step.contains("ret ") || line.hasSuffix("\t0"), "\(step)\n\(line)")
        }
    }

    @Test(
        "A compressed file is read like the original", .enabled(if: Command.path(of: "zstd") != nil),
        arguments: ["-1", "-19 --check", "--no-check --long=20"])
    func compressed(how: String) throws {
        let packets = (0..<3000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 60 + $0 % 700) }
        try Holdfast.withFile(savefile(packets)) { capture in
            let plain = try Holdfast.filter("run", "greater 300", capture)
            // Several frames can form one file.
            let packed = try Holdfast.shell(
                "(head -c 500000 \(capture) | zstd -c \(how); tail -c +500001 \(capture) | zstd -c \(how)) "
                    + "> \(capture).zst; $holdfast filter run 'greater 300' \(capture).zst; "
                    + "$holdfast filter run 'greater 300' - < \(capture).zst;"
                    + " head -c -100 \(capture).zst | $holdfast filter run 'greater 300' - | wc -l; rm \(capture).zst")
            #expect(plain.output.split(separator: "\n").count == 3000)
            #expect(packed.output.hasPrefix(plain.output + plain.output))
            #expect(packed.errors.contains("the file ends within a frame"), "\(packed.errors)")
        }
    }

    @Test("The commands run and trace take a program from a file")
    func program() throws {
        try Holdfast.withFile("ld #len\nadd #1\ntax\nret a\n") { program in
            try Holdfast.withFile(savefile([[1, 2, 3], []])) { capture in
                let run = try Holdfast.filter("run", "--program", program, capture)
                let trace = try Holdfast.filter("trace", "--program", program, capture)
                #expect(run.output == "1\t4\n2\t1\n")
                let steps = """
                           0  ld #len  A 0x00000003  X 0x00000000
                           1  add #1   A 0x00000004  X 0x00000000
                           2  tax      A 0x00000004  X 0x00000004
                           3  ret a    A 0x00000004  X 0x00000004
                    1\t4

                    """
                #expect(trace.output.hasPrefix(steps), "\(trace)")
            }
        }
    }

    @Test("A damaged file prints the packets before the damage, its offset, and ends with 1")
    func damage() throws {
        let whole = savefile([[1, 2, 3], [4, 5, 6, 7], [8]])
        try Holdfast.withFile(Array(whole.dropLast(5))) { path in
            for command in ["run", "trace"] {
                let result = try Holdfast.filter(command, "len > 3", path)
                #expect(result.status == 1)
                #expect(result.output.hasSuffix("2\t262144\n"), "\(result)")
                #expect(result.errors.contains("\(path), byte 63: expected a record"), "\(result)")
            }
        }
    }

    @Test("Errors have a message and the exit code of their kind")
    func errorMessages() throws {
        try Holdfast.withFile(savefile([[1]])) { capture in
            let cases: [([String], Int32, String)] = [
                (["run", "port port", capture], 1, "libpcap: "),
                (["run", "ip", "/nowhere/at/all.pcap"], 1, "cannot open /nowhere/at/all.pcap: No such file"),
                (["run", "--program", capture, capture], 1, "is not a program: it is not UTF-8 text"),
                (["compile", "ip", "--link-type", "TOKEN"], 1, "libpcap does not know link type 'TOKEN'"),
                (["compile", "@dns", "--config", "/nowhere.yaml"], 78, "/nowhere.yaml:1:1: cannot read the file"),
                (["run", "ip"], 64, "2 arguments, got 1"),
                (["trace", "--program", "x", "ip", capture], 64, "1 argument, got 2"),
                (["compile", "ip", "--link-type", "RAW", "--interface", "lo"], 64, "exclude each other"),
                (["compile", "ip", "--format", "morse"], 64, "morse"),
                (["nonsense"], 64, "nonsense"),
            ]
            for (arguments, code, text) in cases {
                let result = try Command.run(Holdfast.binary, ["filter"] + arguments)
                #expect(result.status == code, "\(arguments): \(result)")
                #expect(result.errors.contains(text) && result.output == "", "\(arguments): \(result)")
            }
        }
        try Holdfast.withFile("ldh (12)\nnonsense\n") { path in
            let errors = try Holdfast.filter("assemble", path).errors
            #expect(errors.contains("\(path):1:5: expected '['"), "\(errors)")
            #expect(errors.contains("\(path):2:1: expected an instruction"), "\(errors)")
        }
    }

    @Test("A closed pipe ends a command silently, with or without SIGPIPE ignored")
    func closedPipe() throws {
        try Holdfast.withFile(savefile(Array(repeating: [1, 2], count: 100_000))) { capture in
            for ignore in ["", "trap '' PIPE; "] {
                let result = try Holdfast.shell(ignore + "$holdfast filter trace ip '\(capture)' | head -n 1")
                #expect(result.output.contains("ldh [12]") && result.errors == "", "\(result)")
            }
        }
    }

    @Test("Memory use does not grow with the file")
    func memory() throws {
        // A megabyte of packets. A pipe cannot hold that much, so the peak memory is known before the end.
        let records = Array(savefile(Array(repeating: [UInt8](repeating: 8, count: 1008), count: 1024)).dropFirst(24))
        func peak(megabytes: Int) throws -> Int {
            let result = try Holdfast.withFile(savefile([])) { header in
                try Holdfast.withFile(records) { records in
                    try Holdfast.shell(
                        """
                        pipe='\(header).pipe'; mkfifo "$pipe"; $holdfast filter run ip - < "$pipe" > /dev/null &
                        exec 3> "$pipe"; rm "$pipe"; cat '\(header)' >&3
                        for i in $(seq \(megabytes)); do cat '\(records)' >&3; done
                        sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/$!/status; exec 3>&-; wait $!
                        """)
                }
            }
            #expect(result.status == 0 && result.errors == "", "\(result)")
            return try #require(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(result)")
        }
        let (small, large) = (try peak(megabytes: 1), try peak(megabytes: 200))
        #expect(large < small + 8192, "\(small) kB, then \(large) kB")
    }

    /// A pcap file of Ethernet packets.
    private func savefile(_ packets: [[UInt8]]) -> [UInt8] {
        func words(_ words: [UInt32]) -> [UInt8] {
            words.flatMap { word in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0 as UInt32) } }
        }
        return words([0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1])
            + packets.flatMap { words([1, 2, UInt32($0.count), UInt32($0.count)]) + $0 }
    }
}
