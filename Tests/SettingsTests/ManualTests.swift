import Foundation
import Testing

@testable import Settings

/// The manual page man/holdfast.yaml.5 and the parser agree.
struct ManualTests {
    private let page = #filePath.replacing("Tests/SettingsTests/ManualTests.swift", with: "man/holdfast.yaml.5")

    @Test("The manual and the parser have the same keys, and the parser accepts each value in the manual")
    func keys() throws {
        let manual = try Manual(page)
        let folder = FileManager.default.temporaryDirectory.path + "/holdfast-manual-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "192.0.2.7\n".write(toFile: folder + "/bad.txt", atomically: true, encoding: .utf8)
        try "ret #1\n".write(toFile: folder + "/syn.bpf", atomically: true, encoding: .utf8)

        let parser = ConfigurationParser(manual.example, file: folder + "/holdfast.yaml")
        _ = parser.root()?.table { SettingsReader.settings($0, parser) }
        #expect(parser.diagnostics == [], "\(manual.example)")
        #expect(manual.keys.subtracting(parser.keys) == [], "documented, but no reader looks it up")
        #expect(parser.keys.subtracting(manual.keys) == [], "not documented")
        #expect(manual.keys.count > 40)
    }

    @Test("The manual's example is valid") func example() throws {
        let text = try String(contentsOfFile: page, encoding: .utf8)
        let example = try #require(text.components(separatedBy: ".Sh EXAMPLES").last)
        let lines = example.split(separator: "\n").drop { !$0.hasPrefix(".Bd") }.dropFirst().prefix { $0 != ".Ed" }
        #expect(try Settings.parse(lines.joined(separator: "\n"), file: page).captures.count == 2)
    }
}

/// The list of keys in the page: `.It Cm key : Ar value`, in nested lists. `Ar` instead of `Cm` marks a name that an
/// operator chooses.
private struct Manual {
    private(set) var keys: Set<String> = []
    /// A configuration with all keys.
    private(set) var example = ""

    init(_ page: String) throws {
        let text = try String(contentsOfFile: page, encoding: .utf8)
        let section = try #require(
            text.components(separatedBy: ".Sh KEYS\n").last?.components(separatedBy: ".Sh ").first)
        var path: [String] = []
        var depth = 0
        for line in section.split(separator: "\n") {
            if line.hasPrefix(".Bl ") { depth += 1 }
            if line.hasPrefix(".El") { depth -= 1 }
            guard line.hasPrefix(".It ") else { continue }
            let words = line.split(separator: " ").dropFirst()
            path = path.prefix(depth - 1) + [String(words[words.startIndex + 1])]
            let value = words.dropFirst(3).filter { $0 != "Ar" }.joined(separator: " ")
            example += String(repeating: "  ", count: depth - 1) + "\(path[depth - 1]): \(value)\n"
            if words.first == "Cm" { keys.insert(path.joined(separator: ".")) }
        }
    }
}
