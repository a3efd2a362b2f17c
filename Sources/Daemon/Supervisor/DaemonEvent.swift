import Capture
import Control
import Linux

/// Everything the control plane can be told, in the order in which it happened.
enum DaemonEvent: Sendable {
    case capture(CaptureEvent)
    case link(LinkChange)
    /// Taps that could not be opened on the interface with this index may be now.
    case retry(interface: Int32)
    /// Taps for the interface with this index have been opened, or could not be.
    case opened(interface: Int32, Delivery<TapOpener.Outcome>)
    case signal(Signal)
    case control(ControlCommand)
    case coverage(CoverageEvent)
    /// A tap has ended a segment as ordered: its path, if it had one, or why it could not.
    case sealed(order: Int, tap: Int, Result<String?, SystemError>)
    /// What a reload would do has been worked out.
    case previewed(order: Int, Result<ReloadPreview, ControlFailure>)
    /// The client that gave this command has waited long enough.
    case late(order: Int)
    /// The configuration for the reload with this number has been read, or is refused.
    case reloadRead(Int, Result<ReloadReader.Found, ReloadReader.ReadFailure>)
    /// The time to read it is over.
    case reloadLate(Int)
    /// What the reload with this number needs has been opened and prepared, or could not be.
    case reloadPrepared(Int, Delivery<Reload>)
    /// A tap serves what the reload with this number wants.
    case changed(reload: Int)
    /// A directory whose disk did not answer at the start has been looked through, or refuses.
    case adopted(AdoptionEvent)
    /// What was ordered to stop has had some time.
    case stopLate
    /// What was ordered to stop at once had its time.
    case patienceEnds
    /// The service manager is to hear from us.
    case beat
    /// The terminal's last line is to be drawn again.
    case draw
}

/// What the loop has to do after an event.
enum Action: Equatable {
    case goOn
    /// Send `patienceEnds` in a while.
    case limitPatience
    case exit(CInt)
}
