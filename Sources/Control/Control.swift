// Control: the control API of a running daemon, HTTP over a Unix socket.
//
//     GET  /v1/status                     `Status`: configuration, health, and an account of every packet
//     POST /v1/reload                     `Reloaded`, once the new configuration is applied
//     POST /v1/reload?dry-run=true        `ReloadPreview`: what a reload would do
//     POST /v1/captures/NAME/rotate       `Rotated`, once the open segments are sealed
//     GET  /v1/captures/NAME/coverage     `Coverage`: packets lost, and intervals without capture
//     GET  /metrics                       the status in the Prometheus text format
//
// A failed request returns `CommandRefusal` with a message for the operator. These types are the interface;
// `openapi.yaml` describes it for clients in other languages. Fields may be added, but no field changes its name or
// its unit. The daemon creates the values, `ControlClient` receives them for the commands.

/// A request failed.
package struct CommandRefusal: Codable, Equatable, Sendable, Error, CustomStringConvertible {
    /// A message for the operator.
    package var error: String
    /// All errors in the configuration, as `FILE:LINE:COLUMN: MESSAGE`; nil if the configuration is not the cause.
    package var mistakes: [String]?

    package init(_ error: String, mistakes: [String]? = nil) { (self.error, self.mistakes) = (error, mistakes) }

    /// One line per configuration error, if any, and the message.
    package var description: String { ((mistakes ?? []) + [error]).joined(separator: "\n") }
}

/// The response to a reload: the new configuration is applied.
package struct Reloaded: Codable, Equatable, Sendable {
    /// The names of all captures.
    package var captures: [String]
    /// The time from the command until the last tap applied the new configuration, in seconds.
    package var seconds: Double

    package init(captures: [String], seconds: Double) { (self.captures, self.seconds) = (captures, seconds) }
}

/// The response to a rotation: the segments are sealed.
package struct Rotated: Codable, Equatable, Sendable {
    package var capture: String
    /// The paths of the sealed segments, one for each interface that had an open one.
    package var segments: [String]

    package init(capture: String, segments: [String]) { (self.capture, self.segments) = (capture, segments) }
}
