// Daemon: the control plane. It reads the settings, opens a tap wherever an interface is wanted and up, follows interfaces
// and signals, and tells the operator what happens. One loop (`Supervisor`) sees every event, one after the other; the
// data plane's threads only leave events and go on.

import Glibc
public import Logging

/// A log handler that writes lines to standard error, each with its priority as `<N>` in front, as systemd's journal reads
/// them from a service. On a terminal the priority is left out. See sd-daemon(3).
public struct JournalLog: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let isTerminal = isatty(2) == 1

    public init() {}

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let text = "\(event.message)".split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " | ")
        let line = (isTerminal ? "" : "<\(JournalLog.priority(of: event.level))>") + text + "\n"
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
            if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { return }
        }
    }

    /// The priorities of syslog(3).
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
