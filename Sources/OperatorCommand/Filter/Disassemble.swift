import ArgumentParser
import FilterTool

extension Filter {
    struct Disassemble: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Translate a program from decimal or from a C array into assembly.",
            discussion: "Instructions without a notation stay numbers; the output assembles to the same program.")

        @Argument(help: ArgumentHelp("The program; - is standard input.", valueName: "FILE"), completion: .file())
        var file: String

        @Option(help: "asm, c, decimal, listing (as of tcpdump -d) or dot (for Graphviz).")
        var format = ProgramForm.assembly

        func run() throws { try translate(file, into: format) }
    }
}
