import ArgumentParser
import Control
import FilterTool
import Glibc
import Linux
import Settings
import StatusTool

/// Text on standard error: warnings, notes and errors.
enum Message {
    /// Writes one or several lines. The text can contain names and paths from elsewhere; their control characters are
    /// escaped.
    static func write(_ text: String) {
        var line = text.printable(keeping: ["\n", "\t"]) + "\n"
        line.withUTF8 { bytes in _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count) }
    }
}

extension Style {
    /// Colours if standard output is a terminal and NO_COLOR is not set; lines as long as COLUMNS or the terminal's
    /// width. See no-color.org and environ(7).
    static var ofOutput: Style {
        let isWanted = unsafe getenv("NO_COLOR") == nil
        let columns = unsafe getenv("COLUMNS").flatMap { Int(unsafe String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
        return Style(isColoured: isWanted && isatty(1) == 1, columns: columns ?? Terminal.columns)
    }
}

/// An error of a command that needs more rights.
struct NotPermitted: Error {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs a command and prints its errors to standard error. Throws the exit code for the kind of error.
func reportingErrors(_ work: () throws -> Void) throws {
    do { try work() } catch { try report(error) }
}

/// Runs an asynchronous command in the same way.
func reportingErrors(_ work: () async throws -> Void) async throws {
    do { try await work() } catch { try report(error) }
}

private func report(_ error: any Error) throws {
    switch error {
    case is Output.Closed: break  // the reader closed the pipe, as `| head` does
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
