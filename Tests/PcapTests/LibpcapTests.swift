import CaptureFiles
import Testing

/// Ours reads what libpcap reads, in captures from many hands.
struct LibpcapTests {
    @Test(.enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.files)
    func `the same packets as libpcap`(file: String) throws {
        let bytes = try Corpus.bytes(of: file)
        let differences = Libpcap.differences(from: Reading(bytes), about: bytes, of: file)
        #expect(differences.isEmpty, "\(differences.prefix(3))")
    }

    @Test(.enabled(if: !Corpus.files.isEmpty, "\(Corpus.missing)"), arguments: Corpus.smallFiles, [1, 7, 4096])
    func `the same packets however the bytes come`(file: String, chunk: Int) throws {
        let bytes = try Corpus.bytes(of: file)
        #expect(Reading(bytes, chunk: chunk) == Reading(bytes))
    }
}
