import ArgumentParser
import Control
import Linux
import Settings

/// A point in time or an age, as `PointInTime` reads it.
struct TimeOption: ExpressibleByArgument {
    let moment: Timestamp

    init?(argument: String) {
        guard let time = PointInTime.nanoseconds(argument, now: Timestamp.now.nanosecondsSince1970) else { return nil }
        moment = Timestamp(nanosecondsSince1970: time)
    }
}
