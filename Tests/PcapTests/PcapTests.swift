import CPcap
import CaptureFiles
import Pcap
import Testing

/// The properties of pcap files, compared with libpcap.
struct PcapTests {
    @Test("libpcap reads a written pcap file", arguments: Precision.allCases, [LinkType.ethernet, .rawIP, .radiotap])
    func writtenPcap(precision: Precision, linkType: LinkType) {
        let header = PcapHeader(precision: precision, snapLength: 100, linkType: linkType)
        let record = PcapRecordHeader(seconds: 1_700_000_000, fraction: 999_999, capturedLength: 3, wireLength: 1500)
        var file = HandMade()
        file.bytes = header.bytes
        for index in record.words.indices { file.append(UInt32(littleEndian: record.words[index])) }
        file.bytes += [7, 8, 9]

        let nanoseconds: Int128 = precision == .nano ? 999_999 : 999_999_000
        let packet = Reading.Packet(
            time: 1_700_000_000_000_000_000 + nanoseconds, wireLength: 1500, dataLinkType: linkType.dataLinkType,
            bytes: [7, 8, 9])
        #expect(Libpcap.reading(file.bytes) == Reading(packets: [packet]))
        #expect(Reading(file.bytes) == Reading(packets: [packet]))
    }

    @Test(
        "The reader accepts the versions that libpcap accepts, with their order of lengths",
        arguments: [(2, 0), (2, 2), (2, 3), (2, 4), (543, 0), (1, 4), (2, 5), (3, 0), (543, 1)])
    func versions(major: UInt16, minor: UInt16) {
        let version = (major, minor)
        var file = HandMade()
        file.header(version: version)
        file.record(first: 5, second: 5, [1, 2, 3, 4, 5])
        let (ours, theirs) = (Reading(file.bytes), Libpcap.reading(file.bytes))
        #expect(ours.packets == theirs.packets)
        #expect((ours.complaint == nil) == (theirs.complaint == nil))

        var swapped = HandMade()
        swapped.header(version: version)
        swapped.record(first: 9, second: 5, [1, 2, 3, 4, 5])
        #expect(Reading(swapped.bytes).packets == Libpcap.reading(swapped.bytes).packets)
    }

    @Test(
        "The snap length truncates packets as in libpcap",
        arguments: [0, 3, 65535, 0x7fff_ffff, 0x8000_0000, .max] as [UInt32])
    func snapLengths(snapLength: UInt32) {
        var file = HandMade()
        file.header(snapLength: snapLength)
        file.record([1, 2, 3, 4, 5])
        file.record([])
        #expect(Reading(file.bytes) == Libpcap.reading(file.bytes))
    }

    @Test("The upper half of the link type is ignored") func linkTypeUpperHalf() {
        for upper: UInt32 in [0x1400_0000, 0xf000_0000, 0x2400_0000] {
            var file = HandMade()
            file.header(linkType: upper | 1)
            file.record([1, 2, 3])
            #expect(Reading(file.bytes).packets.map(\.dataLinkType) == [1])
            #expect(Reading(file.bytes) == Libpcap.reading(file.bytes))
        }
    }

    @Test("Each link type has libpcap's number") func linkTypeNumbers() {
        for number in UInt16.min...400 {
            var file = HandMade()
            file.header(linkType: UInt32(number))
            file.record([1])
            #expect(Reading(file.bytes) == Libpcap.reading(file.bytes), "link type \(number)")
        }
    }

    @Test("Each link type has libpcap's name") func linkTypeNames() {
        for number in UInt16.min...400 {
            let linkType = LinkType(number: number)
            guard !linkType.name.hasPrefix("LINKTYPE_") else { continue }
            let name = unsafe pcap_datalink_val_to_name(linkType.dataLinkType).map { unsafe String(cString: $0) }
            #expect(name == linkType.name)
        }
    }
}
