import BPF

/// A classifier against its programs one by one, over the same packets, by turns.
struct Contest {
    static let rounds = 21

    struct Result: CustomStringConvertible {
        var filters = 0
        var matches = 0
        var building = 0.0
        var together = 0.0
        var oneByOne = 0.0
        var ratio = 0.0
        var union = 0

        var description: String {
            "\(filters) filters: \(tenths(together)) together, \(tenths(oneByOne)) one by one, ratio \(tenths(ratio)); "
                + "\(matches) matches; built in \(tenths(building / 1e6)) ms; union of \(union) instructions"
        }

        private func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
    }

    let packets: SavedPackets
    let programs: [VerifiedProgram]

    init(packets: SavedPackets, filters: [String]) throws {
        self.packets = packets
        let compiler = try ExpressionCompiler(dataLinkType: packets.linkType)
        programs = try filters.map { try VerifiedProgram(compiler.compile($0)) }
    }

    func run() -> Result {
        var result = Result(filters: programs.count)
        var classifier = Classifier([])
        result.building = time { classifier = Classifier(programs) }
        result.union = (try? Program.union(programs))?.operations.count ?? 0
        let interpreters = programs.map { Interpreter($0) }
        var matches = classifier.makeMatches()
        let repetitions = max(1, 100_000 / packets.packets.count)
        let executions = Double(repetitions * packets.packets.count)
        var (together, oneByOne, ratios) = ([Double](), [Double](), [Double]())
        for round in 0..<Contest.rounds {
            var (a, b) = (0.0, 0.0)
            var (found, expected) = (0, 0)
            if round % 2 == 0 { b = time { expected = count(interpreters, repetitions) } }
            a = time { found = count(classifier, &matches, repetitions) }
            if round % 2 == 1 { b = time { expected = count(interpreters, repetitions) } }
            guard found == expected else { fatalError("\(found) matches together, \(expected) one by one") }
            result.matches = found / repetitions
            together.append(a / executions)
            oneByOne.append(b / executions)
            ratios.append(b / a)
        }
        result.together = median(together)
        result.oneByOne = median(oneByOne)
        result.ratio = median(ratios)
        return result
    }

    @inline(never)
    private func count(_ classifier: Classifier, _ matches: inout Matches, _ repetitions: Int) -> Int {
        let bytes = unsafe packets.bytes.span.bytes
        var count = 0
        for _ in 0..<repetitions {
            for packet in packets.packets {
                // The range is the packet's, written when its bytes were appended.
                let data = unsafe bytes.extracting(unchecked: packet.offset..<packet.offset + packet.captured)
                classifier.classify(data, wireLength: packet.wireLength, into: &matches)
                count += matches.count
            }
        }
        return count
    }

    @inline(never)
    private func count(_ interpreters: [Interpreter], _ repetitions: Int) -> Int {
        let bytes = unsafe packets.bytes.span.bytes
        var count = 0
        for _ in 0..<repetitions {
            for packet in packets.packets {
                let data = unsafe bytes.extracting(unchecked: packet.offset..<packet.offset + packet.captured)
                for interpreter in interpreters where interpreter.run(data, wireLength: packet.wireLength) != 0 {
                    count += 1
                }
            }
        }
        return count
    }
}

/// Nanoseconds that some work takes.
private func time(_ work: () -> Void) -> Double {
    let duration = ContinuousClock().measure(work)
    return Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
}

private func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }
