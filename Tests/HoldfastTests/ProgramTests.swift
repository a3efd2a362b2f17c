import BPF
import FilterTool
import Foundation
import Testing
import Traffic

/// Commands that convert programs.
@Suite struct ProgramTests {
    private static let hasTcpdump = Command.path(of: "tcpdump") != nil

    private static let expressions = [
        "ip", "tcp port 80 or udp port 53", "host 10.0.0.1 and not icmp", "ip6 and ip6[6] = 6", "vlan 3 and arp",
        "ether src 00:01:02:03:04:05", "net 192.168.0.0/16 and portrange 1000-2000", "len > 100", "not ip", "less 60",
        "ip[8] < 5 and ip proto 47", "mpls and ip", "ip host 1.2.3.4 or arp host 1.2.3.4 or rarp host 1.2.3.4",
    ]

    @Test("The command compile prints what tcpdump prints", .enabled(if: hasTcpdump), arguments: expressions)
    func compile(expression: String) throws {
        for (format, flag) in [("decimal", "-ddd"), ("c", "-dd"), ("listing", "-d")] {
            let ours = try Holdfast.filter("compile", expression, "--link-type", "en10mb", "--format", format)
            #expect(ours.errors == "" && ours.status == 0)
            #expect(ours.output == (try Command.check("tcpdump", [flag, "-y", "EN10MB", expression])))
        }
    }

    @Test("The command compile supports other link types", .enabled(if: hasTcpdump))
    func linkTypes() throws {
        for type in ["RAW", "IEEE802_11_RADIO", "LINUX_SLL2"] {
            #expect(
                try Holdfast.filter("compile", "tcp port 80", "--link-type", type, "--format", "decimal").output
                    == Command.check("tcpdump", ["-ddd", "-y", type, "tcp port 80"]))
        }
    }

    @Test("The commands assemble and disassemble are inverse, from every form", arguments: expressions)
    func inverse(expression: String) throws {
        let decimal = try Holdfast.filter("compile", expression, "--format", "decimal").output
        for form in ["asm", "c", "decimal"] {
            let text = try Holdfast.filter("compile", expression, "--format", form).output
            try Holdfast.withFile("; a comment\n\n" + text) { path in
                let assembled = try Holdfast.filter("assemble", path).output
                #expect(assembled == decimal, "\(form)")
                let again = try Holdfast.withFile(try Holdfast.filter("disassemble", path).output) { path in
                    try Holdfast.filter("assemble", path).output
                }
                #expect(again == decimal, "\(form)")
            }
        }
    }

    @Test("Programs are read from standard input and printed as a graph")
    func standardInput() throws {
        let graph = try Holdfast.shell(
            "printf 'ldh [12]\\njeq #0x800, a, b\\na: ret #1\\nb: ret #0\\n' | $holdfast filter "
                + "disassemble - --format dot")
        #expect(graph.status == 0 && graph.output.hasPrefix("digraph"), "\(graph)")
    }

    @Test("The command compile takes named filters of a configuration")
    func namedFilters() throws {
        let configuration = """
            filters: { dns: port 53, odd: not @dns }
            captures: { one: { interface: lo, filter: dns } }
            """
        try Holdfast.withFile(configuration) { path in
            #expect(
                try Holdfast.filter("compile", "@odd", "--config", path).output
                    == Holdfast.filter("compile", "not (port 53)").output)
            let unknown = try Holdfast.filter("compile", "@od", "--config", path)
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("no filter 'od' (did you mean 'odd'?)"), "\(unknown.errors)")
        }
        try Holdfast.withFile(configuration + "\nnonsense: 3\n") { path in
            let wrong = try Holdfast.filter("compile", "@odd", "--config", path)
            #expect(wrong.status == 78 && wrong.errors.contains("\(path):3:1: unknown key 'nonsense'"), "\(wrong)")
        }
    }

    @Test(
        "The command verify agrees with the kernel",
        arguments: [
            "ret #1", "ret #0x40000", "ld M[1]\nret a", "ldx #0\ndiv #0\nret a", "ld #rand\nret a", "lsh #32\nret #1",
            "ldh [12]\njeq #1, a\na: ret x", "ldh [-4096]\nret #1", "ldh [-4095]\nret #1", "st M[16]\nret #1", "tax",
            "ld #1\nst M[1]\nld M[1]\nret a", "1\n6 0 0 0", "2\n5 0 0 1\n6 0 0 0",
            "{ 0x15, 1, 0, 0 },\n{ 0x6, 0, 0, 0 },", "1\n22 0 0 0", "1\n14 0 0 0", "2\n53 0 0 0\n6 0 0 1",
        ])
    func verify(text: String) throws {
        try Holdfast.withFile(text) { path in
            let result = try Holdfast.filter("verify", path)
            let program = try Program(text: text)
            #expect(result.status == ((try? program.checkWithKernel()) == nil ? 1 : 0), "\(result)")
            #expect(result.errors.isEmpty == (result.status == 0) && result.output.isEmpty, "\(result)")
            if result.status == 1 { #expect(result.errors.contains("instruction"), "\(result)") }
        }
    }

    @Test("The command verify warns of programs that need much memory")
    func memoryWarning() throws {
        let text = String(repeating: "ldh [12]\n", count: 3000) + "ret #1\n"
        let program = try Program(text: text)
        #expect(Acceptance(of: program, limit: 20_480).warning != nil)
        #expect(Acceptance(of: program, limit: 10 << 20) == Acceptance(of: try Program(text: "ret #1"), limit: 1000))
        try Holdfast.withFile(text) { path in
            let result = try Holdfast.filter("verify", path)
            #expect(result.status == 0)
            #expect(result.errors.contains("optmem_max") == (Acceptance(of: program).warning != nil), "\(result)")
        }
    }
}
