/// The counters of one capture on one interface (I3): `matched = written + holdDropped + diskDropped + in flight`.
public enum CaptureCounter: Int, Counter {
    case matched, written, holdDropped, diskDropped, truncated

    @inlinable public var row: CounterRow {
        switch self {
        case .matched: CounterRow(.input, "Packets that belong to the capture.")
        case .written: CounterRow(.output, "Packets written to segments.")
        case .holdDropped: CounterRow(.loss, "Packets dropped because no buffer was free.")
        case .diskDropped: CounterRow(.loss, "Packets dropped because the disk refused them.")
        case .truncated: CounterRow(.note, "Packets cut to snap-length. They are not lost.")
        }
    }
}

public typealias CaptureCounts = Counts<CaptureCounter>
