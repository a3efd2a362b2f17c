import CaptureFiles
import Testing

/// The reader returns libpcap's packets for capture files from many sources.
struct LibpcapTests {
    @Test(
        "The reader returns the same packets as libpcap",
        .enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.files)
    func samePackets(file: String) throws {
        let bytes = try Corpus.bytes(of: file)
        let differences = Libpcap.differences(from: Reading(bytes), about: bytes, of: file)
        #expect(differences.isEmpty, "\(differences.prefix(3))")
    }

    @Test(
        "The packets do not depend on the size of the source's reads",
        .enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.smallFiles, [1, 7, 4096])
    func samePacketsInChunks(file: String, chunk: Int) throws {
        let bytes = try Corpus.bytes(of: file)
        #expect(Reading(bytes, chunk: chunk) == Reading(bytes))
    }
}
