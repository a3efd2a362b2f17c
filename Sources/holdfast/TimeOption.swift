import ArgumentParser
import Control
import Settings

/// A time as it is typed, or how long ago it was. See `PointInTime`; with an offset from UTC, RFC 3339.
struct TimeOption: ExpressibleByArgument {
    let moment: Moment

    init?(argument: String) {
        let time = PointInTime.nanoseconds(argument, now: Moment.now.nanoseconds).map { Moment(nanoseconds: $0) }
        guard let moment = time ?? Moment(argument) else { return nil }
        self.moment = moment
    }
}
