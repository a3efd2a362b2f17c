import ArgumentParser
import FilterTool
import Settings

/// A filter and a capture file to test it on: (EXPR | @NAME | --program FILE) CAPTURE.
struct Trial: ParsableArguments {
    @Option(
        help: ArgumentHelp("A program in assembly, decimal or C; replaces the filter.", valueName: "FILE"),
        completion: .file())
    var program: String?

    @OptionGroup var file: ConfigurationOption

    @Argument(
        help: ArgumentHelp("A pcap-filter expression, or @ and the name of a filter.", valueName: "EXPR|@NAME"),
        completion: Completions.filtersOrFiles)
    var first: String?

    @Argument(help: ArgumentHelp("The capture file.", valueName: "CAPTURE"), completion: .file())
    var second: String?

    private var operands: [String] { [first, second].compactMap { $0 } }

    func validate() throws {
        let expected = program == nil ? 2 : 1
        guard operands.count == expected else {
            throw ValidationError(
                program == nil
                    ? "Expected a filter and a capture file: 2 arguments, got \(operands.count)."
                    : "With '--program', expected a capture file: 1 argument, got \(operands.count).")
        }
    }

    var capture: String { operands[operands.count - 1] }

    func filter() throws -> FilterSource {
        if let program { return .program(try ProgramFile.read(program)) }
        return try FilterSource(operands[0], configuration: file.config)
    }
}

/// The configuration in which `@NAME` is looked up.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The configuration, for @NAME (default: the daemon's).", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml"]))
    var path: String?

    var config: String { path ?? Places.own.configuration }
}

extension ProgramForm: ExpressibleByArgument {}
