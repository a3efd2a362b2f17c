import Rules
import Segments
import Settings
import Testing

struct UnitsTests {
    @Test(
        "A size is a number with a unit of bytes",
        arguments: [
            ("65536", 65536), ("70000B", 70_000), ("64KiB", 65_536), ("66KB", 66_000),
            ("3MiB", 3 << 20), ("3MB", 3_000_000), ("2GiB", 2 << 30), ("2GB", 2_000_000_000), ("5TiB", 5 << 40),
            ("5TB", 5_000_000_000_000), ("64K", 65_536), ("64k", 65_536), ("66kB", 66_000), ("64M", 64 << 20),
            ("64 MiB", 64 << 20), ("2G", 2 << 30), ("5T", 5 << 40),
            ("1048576TiB", 1 << 60),
        ] as [(String, Int)])
    func sizes(_ text: String, _ bytes: Int) throws {
        let settings = try settings(configuration(capture: "rotate: { size: \(text) }"))
        #expect(settings.captures.first?.rule.rotation.size == bytes)
    }

    @Test(
        "A duration is a number with a unit of time",
        arguments: [
            ("1000ms", 1), ("90s", 90), ("2m", 120), ("1h", 3600), ("7d", 604_800), ("36500d", 3_153_600_000),
            ("90 s", 90), ("10min", 600), ("1 minute", 60), ("2 hours", 7200), ("1 day", 86_400), ("7 days", 604_800),
            ("1w", 604_800), ("2 weeks", 1_209_600), ("30sec", 30),
        ] as [(String, Int64)])
    func durations(_ text: String, _ seconds: Int64) throws {
        let settings = try settings(configuration(capture: "keep: { age: \(text) }"))
        #expect(settings.captures.first?.rule.retention.age == seconds)
    }

    @Test(
        "A number of packets may have a decimal prefix",
        arguments: [("50k", 50_000), ("2M", 2_000_000), ("1 k", 1000), ("7", 7)] as [(String, UInt64)])
    func packetNumbers(_ text: String, _ packets: UInt64) throws {
        let settings = try settings(configuration(capture: "rotate: { packets: \(text) }"))
        #expect(settings.captures.first?.rule.rotation.packets == packets)
    }

    @Test(
        "A size in any other form is an error",
        arguments: ["64mib", "64m", "64 ", "M", "MiB", "", "+1MiB", "1_000", "٣MiB", "1MiB1"])
    func invalidSizes(_ text: String) {
        #expect(
            complaints(configuration(capture: "rotate: { size: '\(text)' }"))
                == "f:2:43: 'size' must be a size such as 64MiB, got '\(text)'")
    }

    @Test(
        "A duration in any other form is an error",
        arguments: ["1000", "1S", "1mins", "h", "", "1.5h", "1us", "1 ", "1h30m"])
    func invalidDurations(_ text: String) {
        #expect(
            complaints(configuration(capture: "flush: '\(text)'"))
                == "f:2:34: 'flush' must be a duration with its unit, such as 1s or 1h, got '\(text)'")
    }
}
