import Control
import HummingbirdCore
import Linux
import Settings

/// The time range of a coverage request: `?from=TIME&to=TIME`, both optional.
struct CoverageRange {
    private(set) var from: Timestamp?
    private(set) var to: Timestamp?

    static func parse(_ uri: URI) throws(CommandRefusal) -> CoverageRange {
        var range = CoverageRange()
        for (name, value) in uri.queryParameters {
            guard name == "from" || name == "to" else {
                throw CommandRefusal("unknown parameter '\(name)': the parameters are from and to")
            }
            guard let time = PointInTime.nanoseconds(String(value), now: Timestamp.now.nanosecondsSince1970) else {
                throw CommandRefusal("'\(name)' must be \(PointInTime.meaning), got '\(value)'")
            }
            let moment = Timestamp(nanosecondsSince1970: time)
            if name == "from" { range.from = moment } else { range.to = moment }
        }
        return range
    }
}
