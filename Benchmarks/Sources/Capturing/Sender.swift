import Foundation
public import Traffic

/// Sends frames from a processor that no other program of the benchmark uses.
public enum Sender {
    /// Sends `count` frames over a link and waits until the last is sent. A few hundred frames differ; then they
    /// repeat.
    public static func send(
        _ count: UInt64, of frames: FrameSequence, on link: borrowing VethPair, rate: Double? = nil
    ) throws -> Generator.Result {
        let generator = Generator(frames, on: link.near, rate: rate, prepared: 512, cpu: Processors.sender)
        return try generator.start(0..<count).finish()
    }
}

/// The assignment of processors: the sender has the last one for itself, if there are two.
enum Processors {
    private static let count = ProcessInfo.processInfo.processorCount
    static let sender = count > 1 ? count - 1 : nil

    /// The command line that runs a program on the other processors. See taskset(1).
    static func launch(_ program: String, _ arguments: [String]) -> (String, [String]) {
        guard let sender, let taskset = Command.path(of: "taskset") else { return (program, arguments) }
        return (taskset, ["--cpu-list", "0-\(sender - 1)", program] + arguments)
    }
}
