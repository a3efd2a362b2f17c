import Capture
import Settings
import Testing

struct UnitsTests {
    @Test(arguments: [
        ("65536", 65536), ("70000B", 70_000), ("64KiB", 65_536), ("66KB", 66_000),
        ("3MiB", 3 << 20), ("3MB", 3_000_000), ("2GiB", 2 << 30), ("2GB", 2_000_000_000), ("5TiB", 5 << 40),
        ("5TB", 5_000_000_000_000),
        ("1048576TiB", 1 << 60),
    ])
    func `a size is a number and a unit of bytes`(_ text: String, _ bytes: Int) throws {
        let settings = try settings(configuration(capture: "rotate: { size: \(text) }"))
        #expect(settings.captures.first?.rule.rotation.size == bytes)
    }

    @Test(arguments: [
        ("1000ms", 1), ("90s", 90), ("2m", 120), ("1h", 3600), ("7d", 604_800), ("36500d", 3_153_600_000),
    ])
    func `a duration is a number and a unit of time`(_ text: String, _ seconds: Int64) throws {
        let settings = try settings(configuration(capture: "keep: { age: \(text) }"))
        #expect(settings.captures.first?.rule.retention.age == seconds)
    }

    @Test(arguments: ["64 MiB", "64mib", "64M", "MiB", "", "+1MiB", "1_000", "٣MiB", "1MiB1"])
    func `a size in another spelling is refused`(_ text: String) {
        #expect(
            complaints(configuration(capture: "rotate: { size: '\(text)' }"))
                == "f:2:43: 'size' is a size such as 64MiB, not '\(text)'")
    }

    @Test(arguments: ["1000", "1 s", "1S", "1min", "h", "", "1.5h", "1us"])
    func `a duration in another spelling is refused`(_ text: String) {
        #expect(
            complaints(configuration(capture: "flush: '\(text)'"))
                == "f:2:34: 'flush' is a duration with its unit, such as 1s or 1h, not '\(text)'")
    }
}
