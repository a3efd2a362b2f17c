import ArgumentParser
import FilterTool

extension Filter {
    struct Assemble: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Translate a program from assembly into decimal.",
            discussion: """
                The assembly language is that of the kernel's bpf_asm and of the BSD Packet Filter paper. Programs in \
                decimal or as a C array are accepted, too.
                """)

        @Argument(help: ArgumentHelp("The program; - is standard input.", valueName: "FILE"), completion: .file())
        var file: String

        @Option(help: "decimal, c, asm, listing (as of tcpdump -d) or dot (for Graphviz).")
        var format = ProgramForm.decimal

        func run() throws { try translate(file, into: format) }
    }
}

/// Writes the program of a file in another form.
func translate(_ file: String, into format: ProgramForm) throws {
    try reportingErrors {
        let program = try ProgramFile.read(file)
        var output = Output()
        try output.write(try program.text(format))
    }
}
