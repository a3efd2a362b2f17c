import ArgumentParser
import BPF
import FilterTool
import Linux
import Settings

extension Filter {
    struct Compile: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compile an expression, or a named filter of the configuration.",
            discussion: """
                On an interface, 'vlan', 'inbound' and the like become what matches live packets, as the daemon does it. That \
                needs the right to open packet sockets. Of a list of hosts that is too long for the kernel the program accepts \
                more, which standard error says.
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
            help: ArgumentHelp("The interface the packets come from, in place of a link type.", valueName: "IF"),
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
            try reportingMistakes {
                let source = try FilterSource(filter, configuration: file.config)
                let program = try source.compiled(with: compiler(), netmask: netmask())
                let kernel = try KernelProgram(of: program)
                if let superset = kernel.superset { Message.write("kernel: \(superset)") }
                var output = Output()
                try output.write(try kernel.program.text(format))
            }
        }

        /// That of the interface, for `ip broadcast`; without an address it has no network.
        private func netmask() throws -> UInt32? {
            guard let interface else { return nil }
            return try Interface.all().first { $0.name == interface }?.netmask ?? 0
        }

        private func compiler() throws -> ExpressionCompiler {
            guard let interface else { return try ExpressionCompiler(linkTypeName: linkType ?? "EN10MB") }
            guard Privileges.canOpenPacketSockets else {
                throw NotPermitted("compiling for an interface needs the capability CAP_NET_RAW: run as root")
            }
            return try ExpressionCompiler(interface: interface)
        }
    }
}
