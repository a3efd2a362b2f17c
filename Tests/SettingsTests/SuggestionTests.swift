import Testing

@testable import Settings

struct SuggestionTests {
    @Test(arguments: [
        ("snaplen", "snap-length"), ("caplen", "snap-length"), ("promisc", "promiscuous"), ("dir", "directory"),
        ("bpf", "filter"), ("retention", "keep"), ("rotation", "rotate"), ("compression", "compress"),
    ])
    func `a key by another name is known by its meaning`(_ word: String, _ key: String) {
        let said = complaints(configuration(capture: "\(word): 1"))
        #expect(said.contains("unknown key '\(word)' (did you mean '\(key)'?)"), "\(said)")
    }

    @Test func `the key that must be there, by another name`() {
        let said = complaints("captures: { web: { iface: eth0 } }")
        #expect(said.contains("unknown key 'iface' (did you mean 'interface'?)"), "\(said)")
    }

    @Test(arguments: [("direction", "rx", "in"), ("precision", "ns", "nano"), ("compress", "gzip", "zstd")])
    func `a word by another name is known, too`(_ key: String, _ word: String, _ meant: String) {
        let said = complaints(configuration(capture: "\(key): \(word)"))
        #expect(said.hasSuffix("not '\(word)' (did you mean '\(meant)'?)"), "\(said)")
    }

    @Test func `a slip of the finger comes before a meaning, and names that an operator chose have none`() {
        #expect(Suggestion.hint(for: "kep", among: ["keep", "size"], byMeaning: true) == " (did you mean 'keep'?)")
        #expect(
            Suggestion.hint(for: "stats", among: ["statt", "status"], byMeaning: true) == " (did you mean 'statt'?)")
        #expect(Suggestion.hint(for: "monitor", among: ["top"]) == "")
        #expect(Suggestion.hint(for: "monitor", among: ["top"], byMeaning: true) == " (did you mean 'top'?)")
        #expect(Suggestion.hint(for: "elephant", among: ["top", "status"], byMeaning: true) == "")
    }
}
