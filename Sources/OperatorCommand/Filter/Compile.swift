import ArgumentParser
import BPF
import FilterTool
import Linux
import Settings

extension Filter {
    struct Compile: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the program of a pcap-filter expression or of a named filter.",
            discussion: """
                For an interface, 'vlan', 'inbound' and similar primitives are compiled for live packets, as in the \
                daemon; this requires CAP_NET_RAW. If a list of hosts is too long for the kernel, the program accepts \
                a superset, and a message on standard error reports it.
                """)

        @Argument(
            help: ArgumentHelp("A pcap-filter expression, or @ and the name of a filter.", valueName: "EXPR|@NAME"),
            completion: Completions.filters)
        var filter: String

        @OptionGroup var file: ConfigurationOption

        @Option(
            help: ArgumentHelp("The link type of the packets (default: EN10MB).", valueName: "NAME"),
            completion: Completions.linkTypes)
        var linkType: String?

        @Option(
            help: ArgumentHelp("The interface that receives the packets; replaces the link type.", valueName: "IF"),
            completion: Completions.interfaces)
        var interface: String?

        @Option(help: "asm, c, decimal, listing (as of tcpdump -d) or dot (for Graphviz).")
        var format = ProgramForm.assembly

        func validate() throws {
            if linkType != nil && interface != nil {
                throw ValidationError("'--link-type' and '--interface' exclude each other.")
            }
        }

        func run() throws {
            try reportingErrors {
                let source = try FilterSource(filter, configuration: file.config)
                let program = try source.compiled(with: compiler(), netmask: netmask())
                let kernel = try KernelProgram(of: program)
                if let superset = kernel.superset { Message.write("kernel: \(superset)") }
                var output = Output()
                try output.write(try kernel.program.text(format))
            }
        }

        /// The netmask of the interface, for `ip broadcast`. It is 0 if the interface has no address.
        private func netmask() throws -> UInt32? {
            guard let interface else { return nil }
            return try Interface.all().first { $0.name == interface }?.netmask ?? 0
        }

        private func compiler() throws -> ExpressionCompiler {
            guard let interface else { return try ExpressionCompiler(linkTypeName: linkType ?? "EN10MB") }
            guard Privileges.canOpenPacketSockets else {
                throw NotPermitted("compiling for an interface requires the capability CAP_NET_RAW: run as root")
            }
            return try ExpressionCompiler(interface: interface)
        }
    }
}
