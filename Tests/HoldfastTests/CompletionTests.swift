import Foundation
import Testing
import Traffic

/// Completions in bash, by the generated script.
@Suite(.enabled(if: Command.path(of: "bash") != nil))
struct CompletionTests {
    private static let configuration = """
        filters: { dns: port 53, web: tcp port 80, broken: "tcp porrt" }
        captures: { names: { interface: lo, filter: dns }, pages: { interface: lo, filter: web } }
        nonsense: $(touch /tmp/holdfast-was-here)
        """

    @Test(
        "Completion offers captures, filters, formats, interfaces and paths",
        arguments: [
            (["rotate", ""], ["names", "pages"]),
            (["rotate", "pa"], ["pages"]),
            (["files", "--json", "na"], ["names"]),
            (["filter", "compile", "@"], ["@broken", "@dns", "@web"]),
            (["filter", "run", "@d"], ["@dns"]),
            (["filter", "trace", "@web", "FOLDER/c"], ["FOLDER/capture.pcap", "FOLDER/configuration.yaml"]),
            (["filter", "run", "--program", "FOLDER/p", "FOLDER/ca"], ["FOLDER/capture.pcap"]),
            (["filter", "compile", "ip", "--format", ""], ["asm", "c", "decimal", "dot", "listing"]),
            (["filter", "compile", "ip", "--link-type", "EN1"], ["EN10MB"]),
            (["filter", "compile", "ip", "--interface", "l"], ["lo"]),
            (["filter", "verify", "FOLDER/p"], ["FOLDER/program.bpf"]),
            (["check", "FOLDER/"], ["FOLDER/configuration.yaml"]),
            (["status", "--config", "FOLDER/"], ["FOLDER/configuration.yaml"]),
            (["sta"], ["status"]),
            (["filter", "dis"], ["disassemble"]),
        ])
    func completion(words: [String], expected: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in [
            ("configuration.yaml", Self.configuration), ("capture.pcap", ""), ("program.bpf", ""),
            ("$(touch was-here)", ""),
        ] { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
        let line = words.map { $0.replacing("FOLDER", with: folder) }
        let offered = try complete(line, configuration: folder + "/configuration.yaml", in: folder)
        #expect(offered.sorted() == expected.map { $0.replacing("FOLDER", with: folder) })
        #expect(!FileManager.default.fileExists(atPath: folder + "/was-here"))
    }

    @Test("Completion uses the configuration on the command line")
    func otherConfiguration() throws {
        try Holdfast.withFile("captures: { other: { interface: lo } }") { file in
            let offered = try complete(["rotate", "--config", file, ""], configuration: "/nowhere", in: "/")
            #expect(offered == ["other"])
        }
    }

    /// The words that bash's completion offers for the last of `words`.
    private func complete(_ words: [String], configuration: String, in folder: String) throws -> [String] {
        // Calls the command's function as bash does, with the words, in which @ is a separate word, and the position
        // of the cursor.
        let script = """
            cd '\(folder)' || exit 1
            source <("$holdfast" --generate-completion-script bash)
            COMP_WORDS=("$holdfast")
            for word; do
                case "$word" in
                @?*) COMP_WORDS+=(@ "${word#@}") ;;
                *) COMP_WORDS+=("$word") ;;
                esac
            done
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMP_LINE="$holdfast $*"
            COMP_POINT=${#COMP_LINE}
            [[ "$(complete -p holdfast)" =~ -F\\ ([a-z_]+) ]] || exit 1
            "${BASH_REMATCH[1]}" "$holdfast" "$word" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let environment = ["HOLDFAST_CONFIG=\(configuration)", "holdfast=\(Holdfast.binary)"]
        let result = try Command.run("env", environment + ["bash", "-c", script, "bash"] + words)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }
}
