import Foundation
import Testing
import Traffic

/// Compares man/*.1 and man/*.8 with the programs.
struct ManualTests {
    private static let folder = #filePath.replacing("Tests/HoldfastTests/ManualTests.swift", with: "man/")

    @Test(
        "The manual documents exactly the existing commands and options",
        arguments: [("holdfast", "holdfast.1"), ("holdfastd", "holdfastd.8")])
    func everyOption(program: String, page: String) throws {
        let text = try String(contentsOfFile: ManualTests.folder + page, encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let binary = Holdfast.binary.replacing("/holdfast", with: "/" + program)
        let dump = try Command.check(binary, ["--experimental-dump-help"])
        let there = try JSONDecoder().decode(Dump.self, from: Data(dump.utf8)).command

        let options = Set(
            lines.flatMap { words in
                zip(words, words.dropFirst()).filter { $0.0.hasSuffix("Fl") }.map { String($0.1.trimmingPrefix("-")) }
            })
        #expect(options == there.allOptions)
        let documented = lines.filter { $0.starts(with: [".It", "Cm"]) }.map { words in
            words.dropFirst(2).prefix { $0.first?.isLowercase == true }.joined(separator: " ")
        }
        #expect(Set(documented) == Set(there.allCommands.filter { $0 != "help" && $0 != "filter" }))
    }

    @Test(
        "The pages produce no warning from man", .enabled(if: Command.path(of: "man") != nil),
        arguments: ["holdfast.1", "holdfastd.8", "holdfast.yaml.5"])
    func man(page: String) throws {
        let shown = try Command.run(
            "env",
            [
                "MANROFFSEQ=", "MANWIDTH=80", "man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8",
                ManualTests.folder + page,
            ])
        #expect(shown.status == 0 && shown.errors == "")
        #expect(shown.output.count > 1000)
    }

    @Test(
        "The pages produce no warning from mandoc", .enabled(if: Command.path(of: "mandoc") != nil),
        arguments: ["holdfast.1", "holdfastd.8", "holdfast.yaml.5"])
    func mandoc(page: String) throws {
        let linted = try Command.run("mandoc", ["-T", "lint", "-W", "warning", ManualTests.folder + page])
        #expect(linted.output == "")
    }
}

/// A program's machine-readable description of itself.
private struct Dump: Decodable {
    let command: Program

    struct Program: Decodable {
        let commandName: String
        let subcommands: [Program]?
        let arguments: [Argument]?

        /// Without the program's own name.
        var allCommands: [String] {
            (subcommands ?? []).flatMap { command in
                [command.commandName] + command.allCommands.map { command.commandName + " " + $0 }
            }
        }

        /// Without dashes.
        var allOptions: Set<String> {
            Set((arguments ?? []).flatMap { $0.names ?? [] }.map(\.name)).union(
                (subcommands ?? []).flatMap(\.allOptions))
        }
    }

    struct Argument: Decodable {
        let names: [Name]?
    }

    struct Name: Decodable {
        let name: String
    }
}
