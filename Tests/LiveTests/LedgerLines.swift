import Foundation
import Testing

/// The lines of a capture's ledger, from all its files.
struct LedgerLines {
    private let objects: [[String: Any]]

    init(of capture: String, in folder: String) throws {
        objects = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("\(capture).ledger") }.sorted()
            .flatMap { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8).split(separator: "\n") }
            .compactMap { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any] }
            .filter { $0["episode"] != nil }
    }

    /// The kinds of lines about an episode, in order, without `alive` lines.
    func events(of episode: String?) -> [String] {
        objects.filter { $0["episode"] as? String == episode }.compactMap { $0["event"] as? String }
            .filter { $0 != "alive" }
    }

    /// The packets of each ended episode of a cause, by the episode's name.
    func ended(_ cause: String) -> [String: UInt64] {
        let ends = objects.filter { $0["cause"] as? String == cause && $0["event"] as? String == "end" }
        return Dictionary(
            ends.map { ($0["episode"] as? String ?? "", ($0["packets"] as? NSNumber)?.uint64Value ?? 0) }
        ) { first, _ in first }
    }

    /// The sum of packets over all ended episodes of a cause.
    func packets(of cause: String) -> UInt64 { ended(cause).values.reduce(0, +) }
}

/// Expects that the ledgers of a stopped daemon account for every counted loss.
///
/// Over distinct episodes, `ring` sums to the losses of the taps, and `hold` and `disk` to those of each capture.
/// `folders` has the directory of each capture.
func expectExactLedgers(_ log: DaemonLog, _ folders: [String: String]) throws {
    var ring: [String: UInt64] = [:]
    for (name, folder) in folders {
        let lines = try LedgerLines(of: name, in: folder)
        let counts = log.captures.filter { $0.name == name }
        let (hold, disk) = (counts.map(\.holdDropped).reduce(0, +), counts.map(\.diskDropped).reduce(0, +))
        #expect(lines.packets(of: "hold") == hold, "hold of \(name)")
        #expect(lines.packets(of: "disk") == disk, "disk of \(name)")
        ring.merge(lines.ended("ring")) { first, second in
            #expect(first == second, "two ledgers tell one episode alike")
            return first
        }
    }
    #expect(ring.values.reduce(0, +) == log.ringDropped, "ring")
}
