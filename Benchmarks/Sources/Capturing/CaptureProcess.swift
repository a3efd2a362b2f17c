// Capturing: runs capture programs as their users do, and measures their costs.
//
//     CaptureProcess   a running capture program, on all processors except the sender's
//     Usage            processor time and memory of a process
//     Sender           sends frames on a link, from a processor of its own
//     CaptureFiles     a folder for capture files, and the packets in it

public import Foundation
import Traffic

/// A running capture program. It is killed when the object is released.
public final class CaptureProcess {
    private let process: ChildProcess
    /// Path of the file with its standard error.
    private let errors: String

    /// Starts `program`. Its output goes to files in `folder`.
    public init(_ program: String, _ arguments: [String], in folder: String) throws {
        let (launcher, words) = Processors.launch(program, arguments)
        let name = "\(folder)/\(UUID().uuidString)"
        errors = name + ".errors"
        process = try ChildProcess(launcher, words, output: name + ".output", errors: errors)
    }

    public var usage: Usage { Usage(of: process.id) }

    /// Sends `signal` and waits for the end of the process.
    public func stop(_ signal: Int32 = SIGINT) {
        kill(process.id, signal)
        _ = process.wait()
    }

    /// Waits until each process has a packet socket on an interface and the number of sockets is stable. Returns the
    /// number.
    @discardableResult
    public static func wait(for processes: [CaptureProcess], on interface: String) throws -> Int {
        let deadline = Date(timeIntervalSinceNow: 60)
        var (taps, since) = (0, Date())
        // A socket exists for a moment before its program is ready for packets. A socket that only tests a filter does
        // not stay.
        while taps < processes.count || Date().timeIntervalSince(since) < 0.5 {
            let now = try PacketSockets.count(on: interface)
            if now != taps { (taps, since) = (now, Date()) }
            let ended = processes.first { !$0.process.isRunning }
            if ended != nil || Date() > deadline {
                let said = ended.flatMap { try? String(contentsOfFile: $0.errors, encoding: .utf8) } ?? ""
                throw NotCapturing(description: "\(taps) packet sockets on \(interface): \(said.suffix(500))")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return taps
    }
}

/// An error that prevents a measurement.
struct NotCapturing: Error, CustomStringConvertible {
    let description: String
}

/// The packet sockets of this network namespace, by /proc/net/packet. The fifth column is the index of the interface.
private enum PacketSockets {
    static func count(on interface: String) throws -> Int {
        let index = unsafe "\(if_nametoindex(interface))"
        let table = try String(contentsOfFile: "/proc/self/net/packet", encoding: .utf8)
        return table.split(separator: "\n").map { $0.split(separator: " ") }.count { $0.count > 8 && $0[4] == index }
    }
}
