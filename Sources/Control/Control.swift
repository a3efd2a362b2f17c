// Control: how a running daemon is asked and told, over HTTP on a Unix socket.
//
//     GET  /v1/status                     `Status`: what it does, and what became of every packet
//     POST /v1/reload                     `Reloaded`, once the configuration is in force
//     POST /v1/reload?dry-run=true        `ReloadPreview`: what it would do
//     POST /v1/captures/NAME/rotate       `Rotated`, once the open segments are sealed
//     GET  /v1/captures/NAME/coverage     `Coverage`: what was lost, and when nothing was captured
//     GET  /metrics                       the status for Prometheus
//
// What is not done is answered with `CommandRefusal`, whose sentence is for a person. These types are the interface, and `openapi.yaml`
// its description for those who use another language: a field may be added, none changes its name or its unit. The daemon
// makes them, `ControlClient` gets them for the commands.

/// Why a request was not carried out.
public struct CommandRefusal: Codable, Equatable, Sendable, Error, CustomStringConvertible {
    /// A sentence for the operator.
    public var error: String
    /// Every mistake in the configuration, as `FILE:LINE:COLUMN: what is wrong`, where there was one.
    public var mistakes: [String]?

    public init(_ error: String, mistakes: [String]? = nil) { (self.error, self.mistakes) = (error, mistakes) }

    /// One line, or one for each mistake and one at the end.
    public var description: String { ((mistakes ?? []) + [error]).joined(separator: "\n") }
}

/// The answer to a reload: it is in force.
public struct Reloaded: Codable, Equatable, Sendable {
    /// The names of all captures.
    public var captures: [String]
    /// From the order to the last tap that works by the new configuration.
    public var seconds: Double

    public init(captures: [String], seconds: Double) { (self.captures, self.seconds) = (captures, seconds) }
}

/// The answer to a rotation: these segments are sealed.
public struct Rotated: Codable, Equatable, Sendable {
    public var capture: String
    /// One for each interface that had an open one, by path.
    public var segments: [String]

    public init(capture: String, segments: [String]) { (self.capture, self.segments) = (capture, segments) }
}
