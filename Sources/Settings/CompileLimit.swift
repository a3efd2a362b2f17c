import BPF
import Linux

/// Compiling for a limited time: libpcap cannot be told to stop, and needs minutes for some thousand hosts in an expression, and
/// half a minute for a name that no name server tells the address of.
enum CompileLimit {
    /// Seconds, for one expression.
    static let seconds: UInt64 = 2

    /// The program that `compile` makes on a thread of its own. Throws an error that `isAboutTime` when it takes too long; what
    /// `compile` uses then belongs to that thread for good.
    static func program(
        _ compile: @escaping @Sendable () throws(FilterError) -> Program
    ) throws(FilterError) -> Program {
        let outcome: AbandonableWork.Outcome<Result<Program, FilterError>>
        do {
            outcome = try AbandonableWork.run("compile", limit: seconds * .nanosecondsPerSecond) {
                do throws(FilterError) { return .success(try compile()) } catch { return .failure(error) }
            }
        } catch {
            throw FilterError("\(error)")
        }
        switch outcome {
        case .done(let result): return try result.get()
        case .abandoned:
            throw late(
                "libpcap needs longer than \(seconds) s for it (put many hosts into a file, which a filter names with "
                    + "'hosts: FILE', and write addresses in place of names that no name server answers for)")
        case .refused:
            throw late(
                "\(AbandonableWork.most) other filters are still being compiled, each for longer than \(seconds) s "
                    + "(shorten those, or try again later)")
        }
    }

    private static func late(_ text: String) -> FilterError {
        var error = FilterError(text)
        error.isAboutTime = true
        return error
    }
}
