import Capture
import Linux

/// Makes the directories of captures at the start, before the daemon gives up its rights.
///
/// Another process does it, since a disk that does not answer must not keep the daemon from starting; and no thread of this one
/// speaks with it, since it would keep the rights.
struct StartDirectories {
    /// What became of a directory that is not there now.
    enum Failure: Equatable {
        case noAnswer
        case refused(SystemError)
    }

    /// Makes what is missing, for `owner` if one is named, and waits for at most so many nanoseconds. Returns what went wrong, by
    /// directory: those that are not named can be opened at once. For the only thread of the process.
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
            let order = DiskMessage(number: UInt64(index), content: DiskWork.make(directory: directory, owner: owner))
            if let line = try? order.line { unsent += line }
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
