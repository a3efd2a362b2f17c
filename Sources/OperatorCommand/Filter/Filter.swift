import ArgumentParser

struct Filter: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile filters, look at them, and try them on captures.",
        subcommands: [Compile.self, Assemble.self, Disassemble.self, Verify.self, Run.self, Trace.self])
}
