import CaptureFiles
import Foundation
import Linux
import Pcap
import Segments
import SystemPackage
import Testing

/// The reader of capture files returns libpcap's packets, however the file reaches it.
struct ReaderTests {
    @Test(
        "The reader returns libpcap's packets from a file, a compressed file and a pipe",
        .enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.files)
    func samePackets(file: String) throws {
        let bytes = try Corpus.bytes(of: file)
        let reading = try Reading(bytes, by: .plain)
        let differences = Libpcap.differences(from: reading, about: bytes, of: file)
        #expect(differences.isEmpty, "\(differences.prefix(3))")
        for delivery in [Delivery.compressed, .stream] where !bytes.isEmpty {
            #expect(try Reading(bytes, by: delivery) == reading, "\(delivery)")
        }
    }

    @Test("The offset of a packet is where its record starts", arguments: SmallFile.allCases, Delivery.allCases)
    func offsets(kind: SmallFile, delivery: Delivery) throws {
        let starts = kind.pieces.indices.map { kind.pieces[..<$0].joined().count }
        let (offsets, ends) = try delivery.read(kind.bytes) { reader in
            var (offsets, ends): ([Int], [Int]) = ([], [])
            while try reader.advance() {
                offsets.append(Int(reader.current?.offset ?? .max))
                ends.append(Int(reader.position))
            }
            return (offsets, ends + [Int(reader.position)])
        }
        #expect(offsets.count >= 3 && Set(offsets).isSubset(of: starts))
        #expect(Set(ends).isSubset(of: starts + [kind.bytes.count]) && ends.last == kind.bytes.count)
        for (offset, end) in zip(offsets, ends) { #expect(kind.bytes[offset..<end].count >= 17) }
    }

    @Test("Sections and interfaces keep their own properties") func sectionProperties() throws {
        try Delivery.plain.read(SmallFile.sections.bytes) { reader in
            var seen: [String] = []
            while try reader.advance() {
                guard let packet = reader.current else { break }
                let name = reader.interfaces[packet.interface].name ?? "-"
                seen.append("\(packet.interface) \(packet.linkType.name) \(packet.seconds) \(name)")
            }
            let section = [
                "0 EN10MB 1152921504 -", "0 EN10MB 1152921504 -", "1 RAW 1700000000 tun0", "0 EN10MB 1729382256 -",
            ]
            #expect(seen == section + section)
        }
    }

    @Test(
        "A reader that begins at any packet returns the same rest of the file",
        arguments: SmallFile.allCases, Delivery.allCases)
    func beginsAtAnyPacket(
        kind: SmallFile, delivery: Delivery
    ) throws {
        let whole = try Reading(kind.bytes, by: .plain)
        var places: [CapturePlace] = []
        try Delivery.plain.read(kind.bytes) { reader in
            while try reader.advance() {
                let place = reader.place
                places.append(try #require(place))
            }
        }
        #expect(places.count == whole.packets.count)
        for (number, place) in places.enumerated() {
            // A stream is read from its start, so the reader reaches the head of a later section by reading, too.
            let rest = try delivery.read(kind.bytes, at: place) { Reading(restOf: &$0) }
            #expect(rest == Reading(packets: Array(whole.packets[number...])), "\(place)")
        }
    }

    @Test("A place that the file does not contain is rejected", arguments: Delivery.allCases)
    func impossiblePlaces(delivery: Delivery) throws {
        let file = SmallFile.ours.bytes
        let places = [
            CapturePlace(offset: 0, head: 0..<0), CapturePlace(offset: 30, head: 0..<100),
            CapturePlace(offset: 300, head: 0..<30),
            CapturePlace(offset: .max, head: 0..<UInt64(SmallFile.ours.pieces[0].count)),
            CapturePlace(offset: 1 << 40, head: 1 << 39..<1 << 39 + 100), CapturePlace(offset: 200, head: 8..<100),
        ]
        for place in places {
            #expect(throws: CaptureFileError.self, "\(place)") {
                try delivery.read(file, at: place) { _ = Reading(restOf: &$0) }
            }
        }
    }

    @Test("The error for a file that cannot be opened or read contains its path and the reason") func unreadable() {
        #expect {
            _ = try CaptureFileReader("/nowhere/at/all.pcap")
        } throws: {
            "\($0)" == "cannot open /nowhere/at/all.pcap: No such file or directory"
        }
        #expect {
            var reader = try CaptureFileReader("/proc")
            _ = try reader.next()
        } throws: {
            "\($0)" == "cannot read /proc: Is a directory"
        }
    }

    @Test("The error for damage contains the file and the offset, and follows the packets in front of it")
    func damage() throws {
        var file = SmallFile.pcap.bytes
        file[24 + 16 + 7 + 11] = 0xff  // the captured length of the second packet
        try withFile(file) { path in
            var reader = try CaptureFileReader(path)
            let first = try reader.next()?.offset
            #expect(first == 24)
            for _ in 0..<2 {
                #expect {
                    _ = try reader.next()
                } throws: {
                    "\($0)".hasPrefix("\(path), byte 47: expected a captured length of at most 262144, found ")
                }
            }
            let (count, position, isCurrent) = (reader.count, reader.position, reader.current != nil)
            #expect(count == 1 && position == 47 && !isCurrent)
        }
        var frame = try packed(SmallFile.pcap.bytes)
        frame[8] = 0xff
        try withFile(frame) { path in
            #expect {
                var reader = try CaptureFileReader(path)
                while try reader.next() != nil {}
            } throws: {
                "\($0)".hasPrefix("\(path), byte ") && "\($0)".contains("cannot decompress the file")
            }
        }
    }
}
