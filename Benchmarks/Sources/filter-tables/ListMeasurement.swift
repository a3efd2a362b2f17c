import BPF
import Glibc
import Measuring
import Pcap

/// The cost of a list of hosts: to compile it for the kernel and the classifier, and per packet.
struct ListMeasurement {
    let hosts: Int
    private let kernel: KernelUnion
    /// Processor seconds of this thread to compile the filter and the kernel's program, and for libpcap to compile the
    /// same filter. The latter is nil if it would take minutes.
    private let making: Double
    private let libpcapMaking: Double?
    /// Times of the runners. 0: the classifier with its lookups; 1: libpcap with comparisons, if it can compile the
    /// filter.
    private let race: Race

    /// Measures a list of `count` random addresses.
    init(_ count: Int, on packets: SavedPackets) throws {
        hosts = count
        let compiler = try ExpressionCompiler(dataLinkType: packets.linkType.dataLinkType)
        var state: UInt64 = 7
        let addresses = (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(truncatingIfNeeded: state >> 32)
        }
        var start = ListMeasurement.processorSeconds()
        let list = HostList(ipv4: addresses.map { $0...$0 })
        let program = try VerifiedProgram(compiler.compile(ListedExpression([.hosts(name: "hosts", list)])))
        kernel = try KernelUnion([program], keeping: ExpressionCompiler.maximumSnapLength)
        let classifier = Classifier([program])
        making = ListMeasurement.processorSeconds() - start

        let listed = { (packets: SavedPackets) in
            var matches = classifier.makeMatches()
            return packets.sum { packet, wireLength in
                classifier.classify(packet, wireLength: wireLength, into: &matches)
                return matches.count
            }
        }
        var runners = [listed]
        if count <= ListMeasurement.mostForLibpcap {
            start = ListMeasurement.processorSeconds()
            let compared = try compiler.compile(
                addresses.map { "net \($0 >> 24).\($0 >> 16 & 255).\($0 >> 8 & 255).\($0 & 255)" }.joined(
                    separator: " or "))
            libpcapMaking = ListMeasurement.processorSeconds() - start
            let libpcap = LibpcapFilter(compared)
            runners.append { packets in
                packets.sum { packet, wireLength in libpcap.verdict(packet, wireLength) == 0 ? 0 : 1 }
            }
        } else {
            libpcapMaking = nil
        }
        race = try Race(rounds: 21, passes: max(1, 100_000 / packets.count), over: packets, runners)
    }

    /// libpcap's program for more hosts is longer than the kernel accepts.
    private static let mostForLibpcap = 300

    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func table(_ results: [ListMeasurement]) -> Table {
        var table = Table([
            "hosts", "made in s", "by libpcap", "look-up: ns", "libpcap: ns", "the kernel's instructions",
            "kernel",
        ])
        for result in results {
            table.append([
                "\(result.hosts)", result.making.text(3), result.libpcapMaking?.text(3) ?? "-",
                result.race.time(of: 0).text(1),
                result.libpcapMaking == nil ? "-" : result.race.time(of: 1).text(1),
                "\(result.kernel.program.instructions.count)",
                result.kernel.superset.map { "\($0)" } ?? "exact",
            ])
        }
        return table
    }
}
