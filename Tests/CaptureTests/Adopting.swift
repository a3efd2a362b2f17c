import Linux
import Segments

@testable import Capture

extension Adoption {
    /// Adopts the directory of a capture, as if no other were configured.
    static func adopt(_ capture: String = "dns", in path: String, freeSpace: Int64 = 0) throws(SystemError) -> Adoption
    {
        try adopt(capture, in: path, configured: [capture], freeSpace: freeSpace)
    }
}

extension SegmentCatalog {
    /// A catalog of the directory at `path`, which it adopts.
    convenience init(
        _ rule: RetentionRule, capture: String, path: String, reserve: FreeSpaceGuard, at now: Instant = .second(10)
    ) throws(SystemError) {
        self.init(rule, found: try .adopt(capture, in: path), reserve: reserve, at: now)
    }
}

extension Instant {
    /// The given second since 1970 on both clocks.
    static func second(_ second: Int64) -> Instant {
        Instant(wall: second * 1_000_000_000, elapsed: second * 1_000_000_000)
    }
}
