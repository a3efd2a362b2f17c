// Capturing: capture programs, run as their users run them, and what they cost.
//
//     CaptureProcess   a running one, on every processor but the sender's
//     Usage            the processor time and the memory of a process
//     Sender           frames of a size on a link, from a processor of its own
//     CaptureFiles     a folder for what they write, and the packets in it

public import Foundation
import Traffic

/// A capture program that runs; killed when its owner lets go of it.
public final class CaptureProcess {
    private let process: ChildProcess
    /// What it complains about.
    private let errors: String

    /// Starts `program`; what it says goes into files in `folder`.
    public init(_ program: String, _ arguments: [String], in folder: String) throws {
        let (launcher, words) = Processors.launch(program, arguments)
        let name = "\(folder)/\(UUID().uuidString)"
        errors = name + ".errors"
        process = try ChildProcess(launcher, words, output: name + ".output", errors: errors)
    }

    public var usage: Usage { Usage(of: process.id) }

    /// Ends it by `signal` and waits for its end.
    public func stop(_ signal: Int32 = SIGINT) {
        kill(process.id, signal)
        _ = process.wait()
    }

    /// Waits until each has a packet socket on an interface, and their number stays; returns it.
    @discardableResult
    public static func wait(for processes: [CaptureProcess], on interface: String) throws -> Int {
        let deadline = Date(timeIntervalSinceNow: 60)
        var (taps, since) = (0, Date())
        // A socket is there a moment before its program is ready for packets; one that only tries a filter does not stay.
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

/// Why nothing can be measured.
struct NotCapturing: Error, CustomStringConvertible {
    let description: String
}

/// The packet sockets of this network namespace, by /proc/net/packet: the fifth column is the number of the interface.
private enum PacketSockets {
    static func count(on interface: String) throws -> Int {
        let index = unsafe "\(if_nametoindex(interface))"
        let table = try String(contentsOfFile: "/proc/self/net/packet", encoding: .utf8)
        return table.split(separator: "\n").map { $0.split(separator: " ") }.count { $0.count > 8 && $0[4] == index }
    }
}
