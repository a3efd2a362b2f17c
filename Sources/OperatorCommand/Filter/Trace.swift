import ArgumentParser
import FilterTool

extension Filter {
    struct Trace: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print how a filter decides, step by step, for each packet of a capture file.",
            usage: "holdfast filter trace (EXPR | @NAME | --program FILE) CAPTURE [--config FILE]",
            discussion: """
                Each step has the instruction's number, the instruction, and the values of A and X after it. The line \
                of 'holdfast filter run' follows.
                """)

        @OptionGroup var trial: Trial

        func run() throws {
            try reportingErrors {
                var output = Output()
                try TraceListing.write(of: trial.filter(), about: trial.capture, to: &output)
            }
        }
    }
}
