import Testing

/// Ours reads what libpcap reads.
struct LibpcapTests {
    @Test(.enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.files)
    func `the same packets as libpcap`(file: String) throws {
        let bytes = try Corpus.bytes(of: file)
        let (ours, theirs) = (Reading(bytes), Libpcap.reading(bytes))
        #expect(ours.packets.count == theirs.packets.count)
        #expect((ours.complaint == nil) == (theirs.complaint == nil), "\(ours.complaint ?? "whole"), \(theirs.complaint ?? "whole")")
        for (number, (our, their)) in zip(ours.packets, theirs.packets).enumerated() where our != their {
            Issue.record("packet \(number + 1): \(our.time) \(our.wireLength) \(our.bytes.count) \(our.dataLinkType), libpcap \(their.time) \(their.wireLength) \(their.bytes.count) \(their.dataLinkType)")
        }
    }

    @Test(.enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.smallFiles, [1, 7, 4096])
    func `the same packets however the bytes come`(file: String, chunk: Int) throws {
        let bytes = try Corpus.bytes(of: file)
        #expect(Reading(bytes, chunk: chunk) == Reading(bytes))
    }
}
