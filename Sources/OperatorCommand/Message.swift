import ArgumentParser
import Control
import FilterTool
import Glibc
import Linux
import Settings
import StatusTool

/// What an operator is told beside the output.
enum Message {
    /// One line or several. Names and paths in it may come from strangers, and control nothing.
    static func write(_ text: String) {
        var line = text.printable(keeping: ["\n", "\t"]) + "\n"
        line.withUTF8 { bytes in _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count) }
    }
}

extension Style {
    /// Colours for a terminal, unless they are not wanted, and lines as long as it is wide. See no-color.org; environ(7), COLUMNS.
    static var ofOutput: Style {
        let isWanted = unsafe getenv("NO_COLOR") == nil
        let columns = unsafe getenv("COLUMNS").flatMap { Int(unsafe String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
        return Style(isColoured: isWanted && isatty(1) == 1, columns: columns ?? Terminal.columns)
    }
}

/// A command that needs more rights.
struct NotPermitted: Error {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Does the work of a command. Its failure becomes lines on standard error and the exit code that says of which kind it is.
func reportingMistakes(_ work: () throws -> Void) throws {
    do { try work() } catch { try report(error) }
}

/// The same.
func reportingMistakes(_ work: () async throws -> Void) async throws {
    do { try await work() } catch { try report(error) }
}

private func report(_ error: any Error) throws {
    switch error {
    case is Output.Closed: break  // as many lines as were wanted, in front of `| head`
    case let error as ConfigurationError:
        Message.write(error.description)
        throw ExitCode(78)
    case let error as CommandRefusal where error.mistakes != nil:
        Message.write(error.description)
        throw ExitCode(78)
    case let error as NotPermitted:
        Message.write("Error: " + error.description)
        throw ExitCode(77)
    case ControlError.notPermitted, ControlError.forbidden:
        Message.write("Error: \(error)")
        throw ExitCode(77)
    default: throw error
    }
}
