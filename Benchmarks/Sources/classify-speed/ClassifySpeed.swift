import BPF
import CPcap

// classify-speed CAPTURE...: what it costs to say which of N filters accept a packet: with a classifier, and with N runs of the
// interpreter, one after the other.

@main struct ClassifySpeed {
    static func main() throws {
        let paths = CommandLine.arguments.dropFirst()
        guard !paths.isEmpty else {
            print("usage: classify-speed CAPTURE...")
            return
        }
        print("ns per packet, medians of \(Contest.rounds) rounds; \(unsafe String(cString: pcap_lib_version()))")
        for path in paths {
            let packets = try SavedPackets(path: path)
            print("\(path): \(packets.packets.count) packets")
            for count in [8, 32, 64, 128, 256] {
                let contest = try Contest(packets: packets, filters: filters(count))
                print("  " + contest.run().description)
            }
        }
    }

    /// Half of them `udp port`, a quarter `host`, a quarter `tcp port`: of 32, that is 16, 8 and 8.
    private static func filters(_ count: Int) -> [String] {
        let udp = [53, 67, 123, 137, 138, 161, 500, 514, 1900, 4500, 5060, 5353, 443, 3478, 3544, 6881] + (7000..<7300)
        let tcp = [80, 443, 22, 25, 110, 143, 445, 6667, 502, 5432, 8080, 1935, 3389, 21, 23, 53] + (8100..<8300)
        return udp.prefix(count / 2).map { "udp port \($0)" }
            + (0..<count / 4).map { "host 192.168.\($0 / 16).\($0 * 7 % 250 + 1)" }
            + tcp.prefix(count / 4).map { "tcp port \($0)" }
    }
}
