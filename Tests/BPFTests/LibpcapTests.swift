import Testing

@testable import BPF

/// libpcap's tests of expressions on capture files, and match counts over many real captures.
@Suite struct LibpcapTests {
    struct Apply: Decodable {
        let tests: [Test]

        struct Test: Decodable {
            let expr: String
            let name: String
            let results: [UInt32]
            let savefile: String
        }
    }

    @Test("Expressions match the packets of libpcap's test files as in libpcap", .enabled(if: Vectors.exist))
    func apply() throws {
        var tally = Tally("libpcap's filter tests")
        for test in try Vectors.load("libpcap_apply.json", as: Apply.self).tests {
            guard let path = Vectors.capture(test.savefile, in: ["libpcap-filter"]) else {
                tally.skip("its capture is not there", test.savefile)
                continue
            }
            let file = try Savefile(path: path)
            let packets = file.packets()
            do throws(FilterError) {
                var isSame = true
                for optimized in [true, false] {
                    let program = try file.compile(test.expr, optimized: optimized)
                    if program.instructions.contains(where: \.jumpsBack) { throw FilterError("jumps back, in a loop") }
                    #expect(refusal(program, as: .libpcap) == nil, "\(test.name)")
                    let theirs = packets.map { pcapVerdict(program, on: $0.bytes, wireLength: $0.wireLength) }
                    expect(program, gives: theirs, on: packets, test.name)
                    isSame = isSame && theirs == test.results
                }
                if isSame {
                    tally.pass()
                } else {
                    tally.skip(
                        "the installed libpcap has another program, other results (ours are the same)", test.expr)
                }
            } catch {
                tally.skip("\(error)", test.expr)
            }
        }
        tally.report()
        #expect(tally.passed >= 100)
    }

    private func expect(_ program: Program, gives results: [UInt32], on packets: [Savefile.Packet], _ name: String) {
        for dialect in [Dialect.libpcap, .linux] {
            // The kernel's rules are stricter about scratch memory.
            guard let verified = try? VerifiedProgram(program, as: dialect) else { continue }
            let interpreter = Interpreter(verified)
            let ours = packets.map { interpreter.run($0.bytes, wireLength: Int($0.wireLength)) }
            #expect(ours == results, "\(name), \(dialect)")
        }
    }

    struct Counts: Decodable {
        let exprs: [String]
        let files: [String: File]

        struct File: Decodable {
            let packets: Int
            let matches: [Int]
        }
    }

    @Test("Expressions match the expected number of packets in real captures", .enabled(if: Vectors.exist))
    func counts() throws {
        var tally = Tally("expressions over real captures")
        let counts = try Vectors.load("oracle_counts.json", as: Counts.self)
        for (path, expected) in counts.files {
            let name = String(path.split(separator: "/").last ?? "")
            guard let path = Vectors.capture(name, in: ["small", "large"]) else {
                tally.skip("it is not there", name)
                continue
            }
            let file = try Savefile(path: path)
            let packets = file.packets()
            #expect(packets.count == expected.packets, "\(name)")
            for (expression, matches) in zip(counts.exprs, expected.matches) {
                let interpreter = Interpreter(try VerifiedProgram(try file.compile(expression)))
                let ours = packets.count { interpreter.run($0.bytes, wireLength: Int($0.wireLength)) != 0 }
                #expect(ours == matches, "\(name): \(expression)")
                tally.pass()
            }
        }
        tally.report()
        #expect(tally.passed > 0)
    }
}
