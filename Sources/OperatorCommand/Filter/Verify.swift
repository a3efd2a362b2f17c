import ArgumentParser
import FilterTool

extension Filter {
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a program by the kernel's rules.",
            discussion: "The exit status is 1 if the kernel would refuse the program; the reason is printed.")

        @Argument(
            help: ArgumentHelp("The program, in any form; - is standard input.", valueName: "FILE"), completion: .file()
        )
        var file: String

        func run() throws {
            try reportingErrors {
                let acceptance = Acceptance(of: try ProgramFile.read(file))
                if let refusal = acceptance.refusal { throw refusal }
                if let warning = acceptance.warning { Message.write("\(file): warning: \(warning)") }
            }
        }
    }
}
