import BPF
import Linux

/// Limits the time to compile an expression.
///
/// libpcap cannot be interrupted. It needs minutes for an expression with some thousand hosts, and half a minute for a
/// name that no name server resolves.
enum CompileLimit {
    /// The limit for one expression, in seconds.
    static let seconds: UInt64 = 2

    /// Runs `compile` on a thread of its own and returns its program. Throws an error that `isAboutTime` if the limit
    /// expires; what `compile` uses then belongs to that thread for good.
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
                "libpcap needs more than \(seconds) s to compile it (list many hosts in a file, which a filter names "
                    + "with 'hosts: FILE', and replace names that no name server resolves by addresses)")
        case .refused:
            throw late(
                "libpcap still compiles \(AbandonableWork.most) other filters, each for more than \(seconds) s "
                    + "(shorten those, or try again later)")
        }
    }

    private static func late(_ text: String) -> FilterError {
        var error = FilterError(text)
        error.isAboutTime = true
        return error
    }
}
