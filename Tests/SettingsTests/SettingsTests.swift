import Capture
import Linux
import Pcap
import Segments
import Settings
import Testing

struct SettingsTests {
    @Test("A capture requires only an interface") func minimal() throws {
        let web = Settings.Capture(
            rule: CaptureRule(
                name: "web", directory: "/var/lib/holdfast/web", snapLength: 262_144, precision: .nano,
                rotation: Rotation(size: 268_435_456, every: 3600), retention: .everything, sync: .segment,
                flush: 1_000_000_000, buffers: BufferGeometry(size: 4_194_304, count: 2)),
            interface: InterfaceSelection("eth0"), filter: nil, promiscuous: false, direction: .both,
            position: Position(file: "f", line: 3, column: 16))
        let ring = RingGeometry(size: 67_108_864, block: 1_048_576, timeout: 60)
        #expect(
            try settings("captures:\n  web:\n    interface: eth0")
                == Settings(captures: [web], freeSpace: 1 << 30, ring: ring))
    }

    @Test("Every key has its effect") func allKeys() throws {
        let text = """
            directory: /data/
            filters:
              dns: port 53
              odd: not @dns
            captures:
              web:
                interface: eth*
                filter: odd
                snap-length: 96
                promiscuous: true
                direction: in
                format: pcapng
                precision: micro
                rotate: { size: 1GiB, every: 10m, packets: 1000000 }
                keep: { size: 20GiB, files: 1000, age: 7d }
                sync: hold
                compress: zstd
                flush: 250ms
                directory: captures//web
            ring: { size: 6MiB, block: 2MiB, timeout: 1s, workers: 1 }
            buffers: { size: 8KiB, count: 64 }
            user: root
            sandbox: false
            log: json
            """
        let dns = ComposedFilter(
            name: "dns", source: .expression("port 53"), position: Position(file: "f", line: 3, column: 8))
        let odd = ComposedFilter(
            name: "odd", source: .expression("not (port 53)"), position: Position(file: "f", line: 4, column: 8))
        let web = Settings.Capture(
            rule: CaptureRule(
                name: "web", directory: "captures/web", kind: SegmentKind(.pcapng, .zstd), filter: "not (port 53)",
                snapLength: 96, precision: .micro,
                rotation: Rotation(size: 1 << 30, every: 600, packets: 1_000_000),
                retention: RetentionRule(size: 20 << 30, files: 1000, age: 604_800), sync: .hold,
                flush: 250_000_000, buffers: BufferGeometry(size: 8192, count: 64)),
            interface: InterfaceSelection("eth*"),
            filter: odd,
            promiscuous: true, direction: .in, position: Position(file: "f", line: 7, column: 16))
        let ring = RingGeometry(size: 6 << 20, block: 2 << 20, timeout: 1000)
        var expected = Settings(captures: [web], filters: [dns, odd], freeSpace: 1 << 30, ring: ring)
        (expected.directory, expected.user, expected.sandbox) = ("/data", User(named: "root"), false)
        expected.log = .json
        #expect(try settings(text) == expected)
    }

    @Test("Captures keep the order of the file") func order() throws {
        let names = ["zebra", "ant", "mole", "bee"]
        let text = "captures:\n" + names.map { "  \($0): { interface: eth0 }\n" }.joined()
        #expect(try settings(text).captures.map(\.rule.name) == names)
    }

    @Test("A capture's default directory is inside the common one") func defaultDirectory() throws {
        #expect(try settings(configuration("directory: data/")).captures.first?.rule.directory == "data/web")
        #expect(try settings(configuration("directory: /")).captures.first?.rule.directory == "/web")
    }

    @Test("An absent limit of 'rotate' or 'keep' is no limit") func absentLimits() throws {
        let rule = try settings(configuration(capture: "rotate: { packets: 1 }, keep: { files: 1 }")).captures.first?
            .rule
        #expect(rule?.rotation == Rotation(packets: 1))
        #expect(rule?.retention == RetentionRule(files: 1))
    }

    @Test("An absent key of 'ring' or 'buffers' has its default") func absentKeys() throws {
        let settings = try settings(configuration("ring: { timeout: 1ms }\nbuffers: { count: 3 }"))
        #expect(settings.ring == RingGeometry(size: 64 << 20, block: 1 << 20, timeout: 1))
        #expect(settings.captures.first?.rule.buffers == BufferGeometry(size: 4 << 20, count: 3))
    }

    @Test("The ends of a range are valid") func rangeEnds() throws {
        let capture = "snap-length: 1, flush: 1h, rotate: { size: 64KiB, every: 1s }, keep: { size: 1, age: 1s }"
        let other = "ring: { size: 4095MiB, block: 512KiB, timeout: 1s }\nbuffers: { size: 8KiB, count: 2 }"
        #expect(complaints(configuration(capture: capture, other)) == "")
    }

    @Test("A buffer must hold one record of the greatest length") func smallestBuffer() throws {
        #expect(complaints(configuration(capture: "snap-length: 4080", "buffers: { size: 8KiB }")) == "")
        #expect(complaints(configuration(capture: "snap-length: 4081", "buffers: { size: 8KiB }")) != "")
    }

    @Test("An alias repeats a map") func alias() throws {
        let text = "captures:\n  a: { interface: eth0, keep: &keep { age: 1d } }\n  b: { interface: eth1, keep: *keep }"
        #expect(try settings(text).captures.map(\.rule.retention.age) == [86_400, 86_400])
    }
}
