import ArgumentParser

struct Filter: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile filters, inspect them, and test them on capture files.",
        subcommands: [Compile.self, Assemble.self, Disassemble.self, Verify.self, Run.self, Trace.self])
}
