import Capturing
import Foundation
import Traffic

/// A daemon with many captures on one link.
struct Holdfast: ~Copyable {
    let process: CaptureProcess
    let files: CaptureFiles
    /// The number of taps, as many as its filters need.
    let taps: Int

    /// Starts the daemon with one capture for each filter.
    init(_ daemon: String, filters: [String], on link: borrowing VethPair) throws {
        let files = try CaptureFiles()
        let path = files.path + "/holdfast.yaml"
        let names = filters.indices.map { "f\($0)" }
        let text = """
            directory: \(files.path)
            filters: { \(zip(names, filters).map { "\($0): \($1)" }.joined(separator: ", ")) }
            captures: { \(names.map { "\($0): { interface: \(link.far), filter: \($0) }" }.joined(separator: ", ")) }

            """
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        let process = try CaptureProcess(daemon, ["--config", path], in: files.path)
        taps = try CaptureProcess.wait(for: [process], on: link.far)
        self.process = process
        self.files = files
    }
}

/// Filters of kinds that are common in large numbers.
enum Filters {
    /// Different filters, none of which accepts the sent frames.
    static func others(_ count: Int) -> [String] {
        (0..<count).map { index in
            switch index % 4 {
            case 0, 1: "udp port \(7000 + index)"
            case 2: "tcp port \(8000 + index)"
            default: "host 172.16.\(index / 200).\(1 + index % 200)"
            }
        }
    }

    /// One filter for each port.
    static func ports(_ ports: [UInt16]) -> [String] { ports.map { "udp dst port \($0)" } }
}
