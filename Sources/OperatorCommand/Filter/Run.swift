import ArgumentParser
import FilterTool

extension Filter {
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a filter returns for each packet of a capture file: 0, or the bytes to keep.",
            usage: "holdfast filter run (EXPR | @NAME | --program FILE) CAPTURE [--config FILE]",
            discussion: "Each line has the packet's number, a tab, and the value. The file is pcap or pcapng."
        )

        @OptionGroup var trial: Trial

        func run() throws {
            try reportingErrors {
                var output = Output()
                try Verdicts.write(of: trial.filter(), about: trial.capture, to: &output)
            }
        }
    }
}
