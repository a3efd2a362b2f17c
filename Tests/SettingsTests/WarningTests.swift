import Settings
import Testing

@Suite("Warnings about valid, but probably unintended settings") struct WarningTests {
    @Test(
        "A 'keep' smaller than a segment causes a warning, also if defaults make it so",
        arguments: [
            ("keep: { size: 100MiB }", "'keep.size' (100MiB) is less than 'rotate.size' (256MiB): "),
            ("keep: { age: 30m }", "'keep.age' (30m) is less than 'rotate.every' (1h): "),
            ("rotate: { size: 64KiB }, keep: { size: 50KiB }", "'keep.size' (50KiB) is less than"),
            ("rotate: { every: 4s }, keep: { age: 2s }", "'keep.age' (2s) is less than"),
        ])
    func tooSmall(keys: String, warning: String) throws {
        let settings = try settings(configuration(capture: keys))
        #expect(settings.warnings.count == 1)
        let line = try #require(settings.warnings.first).warning
        #expect(line.hasPrefix("f:2:") && line.contains(": warning: " + warning), "\(line)")
    }

    @Test(
        "Segments within 'keep', or of an unknown size, cause no warning",
        arguments: [
            "keep: { size: 256MiB, age: 1h }", "rotate: { every: 1h }, keep: { size: 1MiB }",
            "rotate: { packets: 1 }, keep: { size: 1, age: 1s }", "compress: zstd, keep: { size: 100MiB }", "",
        ])
    func fits(keys: String) throws { #expect(try settings(configuration(capture: keys)).warnings == []) }
}
