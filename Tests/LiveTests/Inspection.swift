import Foundation
import Traffic

/// Reads capture files with the programs that operators use.
enum Inspection {
    /// The number of packets in each file, by capinfos(1), in the order of `paths`. Throws its error messages.
    static func packetCounts(_ paths: [String]) throws -> [Int] {
        guard !paths.isEmpty else { return [] }
        let table = try silent("capinfos", ["-C", "-T", "-r", "-M", "-c"] + paths) { _ in false }
        return table.split(separator: "\n").map { line in line.split(separator: "\t").last.flatMap { Int($0) } ?? -1 }
    }

    /// Prints every packet of all files with tcpdump(8).
    static func tcpdump(_ paths: [String]) throws {
        guard !paths.isEmpty else { return }
        let list = FileManager.default.temporaryDirectory.appendingPathComponent("holdfast-\(UUID().uuidString)")
        try paths.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: list) }
        try silent("tcpdump", ["-Z", "root", "-nn", "-q", "-V", list.path], output: false) {
            $0.hasPrefix("reading from file ")
        }
    }

    /// Checks every frame of all files with zstd(1).
    static func zstd(_ paths: [String]) throws {
        guard !paths.isEmpty else { return }
        try silent("zstd", ["-t", "-q"] + paths) { _ in false }
    }

    /// Dissects every packet of a file with tshark(1).
    static func tshark(_ path: String) throws {
        try silent("tshark", ["-n", "-r", path], output: false) { $0.hasPrefix("Running as user") }
    }

    /// The given fields of every packet of a file, by tshark(1). Missing fields are empty.
    static func fields(_ names: [String], of path: String, options: [String] = []) throws -> [[String]] {
        let arguments = ["-n", "-r", path, "-T", "fields"] + options + names.flatMap { ["-e", $0] }
        let table = try silent("tshark", arguments) { $0.hasPrefix("Running as user") }
        return table.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The statistics block of a pcapng file, by tshark's dissection of the file itself.
    struct Account {
        let received, accepted, delivered, dropped, droppedBySystem: UInt64

        init(of path: String) throws {
            let names = ["received", "accepted_by_filter", "delivered_to_user", "dropped", "dropped_by_os"]
            let counts = try Inspection.fields(
                names.map { "pcapng.options.option.data.interface." + $0 }, of: path,
                options: ["-X", "read_format:MIME Files Format"]
            ).joined().map { UInt64($0) }
            guard counts.count == names.count, !counts.contains(nil) else {
                throw ReadFailure(text: "\(path) has no statistics block, or more than one")
            }
            let known = counts.compactMap { $0 }
            (received, accepted, delivered) = (known[0], known[1], known[2])
            (dropped, droppedBySystem) = (known[3], known[4])
        }
    }

    /// The complete output of capinfos(1) for a file.
    static func capinfos(_ path: String) throws -> String { try silent("capinfos", [path]) { _ in false } }

    /// Runs a program that must succeed without messages, except for lines that are `usual`.
    @discardableResult
    private static func silent(
        _ program: String, _ arguments: [String], output: Bool = true, usual: (Substring) -> Bool
    ) throws -> String {
        let result = try Command.run(program, arguments, output: output)
        let complaints = result.errors.split(separator: "\n").filter { !usual($0) }
        guard result.status == 0, complaints.isEmpty else {
            throw ReadFailure(text: "\(program), exit code \(result.status): \(complaints.joined(separator: " | "))")
        }
        return result.output
    }

    struct ReadFailure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}
