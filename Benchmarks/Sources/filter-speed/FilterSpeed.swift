import CPcap

// filter-speed CAPTURE HOST HOST: the paper's figure 8 again, our interpreter against libpcap's pcap_offline_filter, on the same
// packets, in the same process. The hosts stand for the paper's "horse" and "gauguin".

@main struct FilterSpeed {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let path = arguments.first, let last = arguments.last else {
            print("usage: filter-speed CAPTURE HOST HOST")
            return
        }
        let race = Race(packets: try SavedPackets(path: path))
        print("\(race.packets.packets.count) packets; \(unsafe String(cString: pcap_lib_version()))")
        print(cell("filter", 44) + cell("accepted", 10) + cell("ns", 8) + cell("libpcap", 9) + "ratio")
        for filter in Filter.all(arguments[arguments.startIndex + 1], last) {
            let result = try race.run(filter.expression)
            print(
                cell(filter.name, 44) + cell("\(result.accepted)", 10) + cell(tenths(result.ours), 8)
                    + cell(tenths(result.theirs), 9) + tenths(result.ratio))
        }
    }

    private static func cell(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
