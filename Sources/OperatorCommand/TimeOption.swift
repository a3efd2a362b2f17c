import ArgumentParser
import Control
import Linux
import Settings

/// A time as it is typed, or how long ago it was. See `PointInTime`.
struct TimeOption: ExpressibleByArgument {
    let moment: Timestamp

    init?(argument: String) {
        guard let time = PointInTime.nanoseconds(argument, now: Timestamp.now.nanosecondsSince1970) else { return nil }
        moment = Timestamp(nanosecondsSince1970: time)
    }
}
