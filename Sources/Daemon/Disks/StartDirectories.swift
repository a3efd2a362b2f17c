import Capture
import Linux

/// Creates the captures' directories at the start, before the privilege drop.
///
/// A helper process does it, because a disk that does not answer must not prevent the start. No thread of the daemon
/// serves that helper, because such a thread would keep its rights (I18).
struct StartDirectories {
    /// Why a directory is not available.
    enum Failure: Equatable {
        case noAnswer
        case refused(SystemError)
    }

    /// Creates missing directories, for `owner` if there is one, and waits `patience` nanoseconds at most. Returns the
    /// failures by directory; all other directories can be opened at once. Must be called by the only thread of the
    /// process.
    static func make(
        _ directories: [String], for owner: User?, within patience: UInt64 = 5_000_000_000,
        program: String = "/proc/self/exe"
    ) throws(SystemError) -> [String: Failure] {
        let helper = try HelperProcess(program, argument: DiskHelperLoop.startArgument)
        let wanted = Array(Set(directories))
        var failures = Dictionary(uniqueKeysWithValues: wanted.map { ($0, Failure.noAnswer) })
        var unanswered = wanted.count
        var unsent: ArraySlice<UInt8> = []
        for (index, directory) in wanted.enumerated() {
            let job = DiskMessage(number: UInt64(index), content: DiskWork.make(directory: directory, owner: owner))
            if let line = try? job.line { unsent += line }
        }
        var received = LineBuffer()
        let deadline = Clock.monotonic() + patience
        while unanswered > 0 {
            unsent = unsent.dropFirst(helper.write(unsent))
            let now = Clock.monotonic()
            guard now < deadline else { break }
            _ = poll([helper.number, -1, -1], timeout: unsent.isEmpty ? deadline - now : 10_000_000)
            guard let bytes = helper.read() else { continue }
            if bytes.isEmpty { break }
            for line in received.append(bytes) {
                guard let answer = try? DiskMessage<DiskOutcome>(line: line) else { continue }
                unanswered -= 1
                if case .failed(let error) = answer.content {
                    failures[wanted[Int(answer.number)]] = .refused(error)
                } else {
                    failures[wanted[Int(answer.number)]] = nil
                }
            }
        }
        return failures
    }
}
