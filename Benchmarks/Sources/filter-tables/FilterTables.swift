// filter-tables CAPTURE...: the costs of the filter machine, in four tables over the packets of all capture files.
//
// Each table first checks that all machines agree about every packet. `make filter-tables CAPTURES='...'` runs it.
//
// 1. The paper's figure 8: its four filters, by BPF and by the stack machine that BPF replaced. The paper counted
//    instructions of the processor; this table has instructions of the machines, and nanoseconds.
// 2. Holdfast's interpreter against libpcap's, which still is the paper's switch statement.
// 3. A classifier for many filters against one interpreter per filter.
// 4. Lists of hosts.

import CSPF
import Foundation
import Measuring

@main struct FilterTables {
    static func main() {
        let paths = CommandLine.arguments.dropFirst()
        guard !paths.isEmpty else {
            print("usage: filter-tables CAPTURE...")
            exit(64)
        }
        do {
            let shortfalls = try report(on: try SavedPackets(paths))
            for shortfall in shortfalls { print(shortfall) }
            if !shortfalls.isEmpty { exit(1) }
        } catch {
            print("nothing more was measured: \(error)")
            exit(1)
        }
    }

    /// Prints the tables. Returns a message for each goal that was missed.
    private static func report(on packets: SavedPackets) throws -> [String] {
        let hosts = packets.busiestHosts(2)
        guard hosts.count == 2 else { throw Failure("the captures have fewer than two IPv4 addresses") }
        print(Surroundings.description)
        print("\(packets.count) packets; horse is \(hosts[0]), gauguin is \(hosts[1])\n")

        let filters = try PaperFilter.all(hosts[0], hosts[1]).map {
            try FilterMeasurement($0.name, $0.expression, stack: $0, on: packets)
        }
        print(FilterMeasurement.figure8(filters))
        let hundred = try FilterMeasurement("a hundred hosts", hundredHosts, on: packets)
        print(FilterMeasurement.interpreters(filters + [hundred]))
        let classifiers = try [8, 32, 64, 128, 256].map { try ClassifierMeasurement($0, on: packets) }
        print(ClassifierMeasurement.table(classifiers))
        print(
            ListMeasurement.table(
                try [10, 100, 300, 1000, 10_000, 100_000].map { try ListMeasurement($0, on: packets) }))
        return (filters + [hundred]).compactMap(\.shortfall) + classifiers.compactMap(\.shortfall)
    }

    /// A filter that grows with a network.
    private static let hundredHosts = (1...100).map { "host 10.\($0 % 7).\($0 * 37 % 251).\($0)" }
        .joined(separator: " or ")
}
