import Testing

/// Ours reads what libpcap reads, in captures from many hands.
struct LibpcapTests {
    /// libpcap 1.10 takes the words of a pcap time stamp for signed numbers; the format says that they are not.
    private let unsignedTimes = ["small/time_2038_overflow.pcap", "small/timestamp_invalid_micro.pcap"]

    @Test(.enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.files)
    func `the same packets as libpcap`(file: String) throws {
        let bytes = try Corpus.bytes(of: file)
        let (ours, theirs) = (Reading(bytes), Libpcap.reading(bytes))
        let complaints = "ours: \(ours.complaint ?? "none"); libpcap's: \(theirs.complaint ?? "none")"
        // libpcap stops at an interface of another link type than the first; ours reads on.
        let isCutShort = theirs.complaint?.contains("different from the type of the first interface") == true
        #expect((ours.complaint == nil) == (theirs.complaint == nil) || isCutShort, "\(complaints)")
        #expect(ours.packets.count == theirs.packets.count || isCutShort && ours.packets.count > theirs.packets.count)
        for (number, (our, their)) in zip(ours.packets, theirs.packets).enumerated() {
            var their = their
            if unsignedTimes.contains(file) { their.time = our.time }
            if our != their { Issue.record("packet \(number + 1): \(our), by libpcap \(their)") }
        }
    }

    @Test(.enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.smallFiles, [1, 7, 4096])
    func `the same packets however the bytes come`(file: String, chunk: Int) throws {
        let bytes = try Corpus.bytes(of: file)
        #expect(Reading(bytes, chunk: chunk) == Reading(bytes))
    }
}
