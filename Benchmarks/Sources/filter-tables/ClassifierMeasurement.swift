import BPF
import BasicContainers
import Measuring
import Pcap

/// The cost to decide which of many filters accept a packet: with a classifier, and with an interpreter per filter.
struct ClassifierMeasurement {
    let filters: Int
    let matches: Int
    /// Instructions of the merged filter that a tap of all these filters attaches.
    let union: Int
    /// Times of the runners. 0: the classifier; 1: one interpreter after the other.
    let race: Race

    /// Half of the filters are `udp port`, a quarter `host`, a quarter `tcp port`: of 32, that is 16, 8 and 8.
    init(_ count: Int, on packets: SavedPackets) throws {
        let compiler = try ExpressionCompiler(dataLinkType: packets.linkType.dataLinkType)
        let programs = try ClassifierMeasurement.expressions(count).map { try VerifiedProgram(compiler.compile($0)) }
        filters = count
        union = try Program.union(programs).operations.count

        let classifier = Classifier(programs)
        var interpreters = UniqueArray<Interpreter>(minimumCapacity: programs.count)
        for program in programs { interpreters.append(Interpreter(program)) }
        let all = interpreters
        let together = { (packets: SavedPackets) in
            var matches = classifier.makeMatches()
            return packets.sum { packet, wireLength in
                classifier.classify(packet, wireLength: wireLength, into: &matches)
                return matches.count
            }
        }
        let oneByOne = { (packets: SavedPackets) in
            packets.sum { packet, wireLength in
                var count = 0
                for index in 0..<all.count {
                    if all[index].run(packet, wireLength: wireLength) != 0 { count &+= 1 }
                }
                return count
            }
        }
        race = try Race(
            rounds: 21, passes: max(1, 100_000 / packets.count), over: packets, [together, oneByOne])
        matches = together(packets)
    }

    private static func expressions(_ count: Int) -> [String] {
        let udp = [53, 67, 123, 137, 138, 161, 500, 514, 1900, 4500, 5060, 5353, 443, 3478, 3544, 6881] + (7000..<7300)
        let tcp = [80, 443, 22, 25, 110, 143, 445, 6667, 502, 5432, 8080, 1935, 3389, 21, 23, 53] + (8100..<8300)
        return udp.prefix(count / 2).map { "udp port \($0)" }
            + (0..<count / 4).map { "host 192.168.\($0 / 16).\($0 * 7 % 250 + 1)" }
            + tcp.prefix(count / 4).map { "tcp port \($0)" }
    }

    /// The goal for 32 filters is a quarter of the cost.
    var shortfall: String? {
        let ratio = race.ratio(1, to: 0)
        guard filters == 32, ratio < 4 else { return nil }
        return "32 filters together cost only \(ratio.text(1)) times less than one by one; the goal is 4"
    }

    static func table(_ results: [ClassifierMeasurement]) -> Table {
        var table = Table([
            "filters", "matches", "together: ns", "one by one: ns", "ratio", "instructions of the union",
        ])
        for result in results {
            table.append([
                "\(result.filters)", "\(result.matches)", result.race.time(of: 0).text(1),
                result.race.time(of: 1).text(1), result.race.ratio(1, to: 0).text(1), "\(result.union)",
            ])
        }
        return table
    }
}
