import ArgumentParser
import Control
import Settings

/// A time as it is typed, or how long ago it was. See `PointInTime`.
struct TimeOption: ExpressibleByArgument {
    let moment: Moment

    init?(argument: String) {
        guard let time = PointInTime.nanoseconds(argument, now: Moment.now.nanoseconds) else { return nil }
        moment = Moment(nanoseconds: time)
    }
}
