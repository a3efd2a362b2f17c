import Control
import HummingbirdCore

/// The time that a question about coverage is about: `?from=TIME&to=TIME`, both of which may be absent.
struct CoverageRange {
    private(set) var from: Moment?
    private(set) var to: Moment?

    static func parse(_ uri: URI) throws(Refused) -> CoverageRange {
        var range = CoverageRange()
        for (name, value) in uri.queryParameters {
            guard name == "from" || name == "to" else {
                throw Refused("unknown parameter '\(name)': the parameters are from and to")
            }
            guard let time = Moment(rfc3339: String(value)) else {
                throw Refused("'\(name)' must be a time such as 2026-11-22T12:00:46Z, got '\(value)'")
            }
            if name == "from" { range.from = time } else { range.to = time }
        }
        return range
    }
}
