import Glibc

/// The form of the daemon's log: the key `log`.
package enum LogForm: String, CaseIterable, Sendable {
    /// For the journal, a terminal, a file or a pipe, depending on what standard error is.
    case auto
    /// A JSON object per line on standard error.
    case json

    /// The form in HOLDFAST_LOG, which overrides the configuration; nil if the variable names none.
    package static var named: LogForm? {
        unsafe getenv("HOLDFAST_LOG").flatMap { LogForm(rawValue: unsafe String(cString: $0)) }
    }

    /// The form that the configuration at `path` names; nil if it names none. It also applies to the errors in the
    /// rest of the file.
    package static func named(in path: String) -> LogForm? {
        guard let text = try? ConfigurationFile.text(path) else { return nil }
        let form = ConfigurationParser(text, file: path).root()?.table { root in root.value("log", .word) as LogForm? }
        return (form ?? nil) ?? nil
    }
}
