import Testing

@testable import Settings

struct SuggestionTests {
    @Test(
        "The hint for a synonym of a key names the key",
        arguments: [
            ("snaplen", "snap-length"), ("caplen", "snap-length"), ("promisc", "promiscuous"), ("dir", "directory"),
            ("bpf", "filter"), ("retention", "keep"), ("rotation", "rotate"), ("compression", "compress"),
        ])
    func keySynonyms(_ word: String, _ key: String) {
        let said = complaints(configuration(capture: "\(word): 1"))
        #expect(said.contains("unknown key '\(word)' (did you mean '\(key)'?)"), "\(said)")
    }

    @Test("The hint for a synonym of a required key names the key") func requiredKeySynonym() {
        let said = complaints("captures: { web: { iface: eth0 } }")
        #expect(said.contains("unknown key 'iface' (did you mean 'interface'?)"), "\(said)")
    }

    @Test(
        "The hint for a synonym of a value names the value",
        arguments: [("direction", "rx", "in"), ("precision", "ns", "nano"), ("compress", "gzip", "zstd")])
    func valueSynonyms(_ key: String, _ word: String, _ meant: String) {
        let said = complaints(configuration(capture: "\(key): \(word)"))
        #expect(said.hasSuffix("got '\(word)' (did you mean '\(meant)'?)"), "\(said)")
    }

    @Test("A typing error takes precedence over a synonym, and operators' names have no synonyms") func precedence() {
        #expect(Suggestion.hint(for: "kep", among: ["keep", "size"], byMeaning: true) == " (did you mean 'keep'?)")
        #expect(
            Suggestion.hint(for: "stats", among: ["statt", "status"], byMeaning: true) == " (did you mean 'statt'?)")
        #expect(Suggestion.hint(for: "monitor", among: ["top"]) == "")
        #expect(Suggestion.hint(for: "monitor", among: ["top"], byMeaning: true) == " (did you mean 'top'?)")
        #expect(Suggestion.hint(for: "elephant", among: ["top", "status"], byMeaning: true) == "")
    }
}
