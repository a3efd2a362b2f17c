import Rules
import Segments
import Settings
import Testing

/// The example configuration in the package.
struct ExampleTests {
    private let path = #filePath.replacing("Tests/SettingsTests/ExampleTests.swift", with: "Config/holdfast.yaml")

    @Test("The example captures DNS, TCP connections and ICMP on every interface") func essentials() throws {
        let settings = try Settings.load(path)
        let essentials = try #require(settings.captures.first)
        #expect(settings.captures.count == 1)
        #expect(settings.ring == RingGeometry(size: 8 << 20, block: 1 << 20, timeout: 60))
        #expect(essentials.interface == InterfaceSelection("*"))
        #expect(essentials.rule.name == "essentials")
        // An absolute path, which depends on where the package is.
        #expect(essentials.rule.directory.hasPrefix("/") && essentials.rule.directory.hasSuffix("/captures/essentials"))
        #expect(essentials.rule.rotation == Rotation(size: 64 << 20, every: 3600))
        #expect(essentials.rule.retention == RetentionRule(size: 2 << 30, age: 604_800))
        #expect(essentials.rule.buffers == BufferGeometry(size: 1 << 20, count: 2))
        #expect(
            essentials.filter?.source.expression
                == "(udp port 53 or tcp port 53) or (tcp[tcpflags] & (tcp-syn | tcp-fin | tcp-rst) != 0 "
                + "or (ip6[6] == 6 and ip6[53] & 7 != 0)) or (icmp or icmp6)")
    }

    @Test("Every key behind a # shows its default") func commentedKeys() throws {
        let commented = [
            "snap-length", "promiscuous", "direction", "format", "precision", "compress", "sync", "flush", "directory",
        ]
        let example = try String(decoding: bytes(of: path), as: UTF8.self)
        var text = example
        for key in commented {
            #expect(text.contains("    # \(key): "))
            text = text.replacing("    # \(key): ", with: "    \(key): ")
        }
        #expect(try Settings.parse(text, file: path) == Settings.parse(example, file: path))
    }
}
