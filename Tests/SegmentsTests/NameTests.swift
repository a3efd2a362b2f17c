import Linux
import Pcap
import Segments
import Testing

@Suite("Names of segments")
struct NameTests {
    let start = Timestamp(seconds: 1_795_348_846, nanoseconds: 123_456_789)

    @Test("A name contains the capture, the interface and the timestamp of the first packet")
    func writes() {
        let name = SegmentName(capture: "dns", interface: "eth0", start: start)
        #expect(name.sealed == "dns-eth0-20261122T120046.123456Z.pcap")
        #expect(name.open == "dns-eth0-20261122T120046.123456Z.pcap.part")
    }

    @Test("The suffix of a name is its format and compression", arguments: FileFormat.allCases, Compression.allCases)
    func kinds(format: FileFormat, compression: Compression) {
        let kind = SegmentKind(format, compression)
        let name = SegmentName(capture: "dns", interface: "eth0", start: start, kind: kind)
        #expect(name.sealed == "dns-eth0-20261122T120046.123456Z.\(format)\(compression == .zstd ? ".zst" : "")")
        #expect(SegmentName(name.sealed, of: "dns")?.kind == kind)
        #expect(SegmentName(name.sealed, of: "dns")?.sealed == name.sealed)
    }

    @Test(
        "A name can be parsed, with dashes in the capture and the interface",
        arguments: ["dns", "a-b", "a-b-20261122T120046.123456Z"])
    func reads(capture: String) throws {
        let name = SegmentName(capture: capture, interface: "br-0a1b", start: start)
        let read = try #require(SegmentName(name.sealed, of: capture))
        #expect(read.sealed == name.sealed)
        #expect(read.interface == "br-0a1b")
        #expect(read.start == Timestamp(seconds: start.seconds, nanoseconds: 123_456_000))
    }

    @Test(
        "A name that does not match exactly is ignored",
        arguments: [
            "dns-eth0-20261122T120046.123456Z.pcap.part", "dns-eth0-20261122T120046.123456Z.pcapn",
            "dns-eth0-20261122T120046.123456Z.zst", "dns-eth0-20261122T120046.123456Z.pcap.gz",
            "dns-eth0-20261122T120046.123456Z.pcap.zst.zst", "dns-eth0-20261122T120046.123456Z.pcap.pcapng",
            "dns-eth0-20261122T120046.12345Z.pcap", "dns-eth0-20261122T120046.1234567Z.pcap",
            "dns-eth0-20261122T120046,123456Z.pcap", "dns-eth0-20261122 120046.123456Z.pcap",
            "dns-eth0-20261131T120046.123456Z.pcap", "dns-eth0-20261122T240046.123456Z.pcap",
            "dns-eth0-20261122T120060.123456Z.pcap", "dns-eth0-20260230T120046.123456Z.pcap",
            "dns-eth0-2026112２T120046.123456Z.pcap", "dns-20261122T120046.123456Z.pcap",
            "dns--20261122T120046.123456Z.pcap", "web-eth0-20261122T120046.123456Z.pcap",
            "xdns-eth0-20261122T120046.123456Z.pcap", "dns-eth0-20261122T120046.123456Z", "dns-.pcap", ".pcap", "",
        ])
    func refuses(name: String) { #expect(SegmentName(name, of: "dns") == nil) }
}
