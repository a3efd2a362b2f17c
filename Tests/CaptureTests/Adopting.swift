import Linux

@testable import Capture

extension Adoption {
    /// What is in the directory of a capture that is configured alone.
    static func adopt(_ capture: String = "dns", in path: String, freeSpace: Int64 = 0) throws(SystemError) -> Adoption
    {
        try adopt(capture, in: path, configured: [capture], freeSpace: freeSpace)
    }
}

extension SegmentCatalog {
    /// Keeps account of the directory at `path`, which it adopts.
    convenience init(
        _ rule: RetentionRule, capture: String, path: String, reserve: FreeSpaceGuard, at now: Instant = .second(10)
    ) throws(SystemError) {
        self.init(rule, found: try .adopt(capture, in: path), reserve: reserve, at: now)
    }
}

extension Instant {
    /// The second so many after 1970 by both clocks.
    static func second(_ second: Int64) -> Instant {
        Instant(wall: second * 1_000_000_000, elapsed: second * 1_000_000_000)
    }
}
