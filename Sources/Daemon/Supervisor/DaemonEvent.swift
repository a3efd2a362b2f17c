import Capture
import Control
import Linux

/// The events of the control loop, in the order in which they happened.
enum DaemonEvent: Sendable {
    case capture(CaptureEvent)
    case link(LinkChange)
    /// Retry to open taps on the interface with this index.
    case retry(interface: Int32)
    /// Opening taps for the interface with this index has ended, with or without success.
    case opened(interface: Int32, Delivery<TapOpener.Outcome>)
    case signal(Signal)
    case control(ControlCommand)
    case coverage(CoverageEvent)
    /// A tap has sealed a segment for a command, or cannot: the path, if it had a segment, or the error.
    case sealed(request: Int, tap: Int, Result<String?, SystemError>)
    /// The preview of a reload is complete.
    case previewed(request: Int, Result<ReloadPreview, ControlFailure>)
    /// The client of this command has waited long enough.
    case late(request: Int)
    /// The configuration for the reload with this number was read or rejected.
    case reloadRead(Int, Result<ReloadReader.Found, ReloadReader.ReadFailure>)
    /// The time to read it has passed.
    case reloadLate(Int)
    /// The preparation of the reload with this number has ended, with or without success.
    case reloadPrepared(Int, Delivery<Reload>)
    /// A tap has acknowledged the reload with this number.
    case changed(reload: Int)
    /// A directory that did not answer at the start was adopted, or refuses access.
    case adopted(AdoptionEvent)
    /// It is time to try again to adopt the directory of a capture.
    case adopt(capture: String)
    /// Check what an orderly stop waits for.
    case stopLate
    /// The time for an immediate stop has passed.
    case patienceEnds
    /// Send the regular messages to the service manager.
    case beat
    /// Redraw the terminal's last line.
    case draw
}

/// What the caller must do after an event.
enum Action: Equatable {
    case goOn
    /// Send `patienceEnds` later.
    case limitPatience
    case exit(CInt)
    /// Exit without releasing anything: threads hang.
    case exitAtOnce(CInt)
}
