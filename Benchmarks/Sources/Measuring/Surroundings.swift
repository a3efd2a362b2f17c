import CPcap
import Foundation
import Traffic

/// The machine and the versions on which a measurement depends.
public enum Surroundings {
    public static var description: String {
        let processors = ProcessInfo.processInfo.processorCount
        return [
            "\(processors) x \(processorModel)", "Linux \(kernel)", unsafe String(cString: pcap_lib_version()),
            compiler,
        ].joined(separator: "; ")
    }

    /// The first model in /proc/cpuinfo (x86; ARM has none).
    private static var processorModel: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "unnamed processor"
    }

    private static var kernel: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? "of unknown version"
    }

    /// The output of `swift --version`, because a program does not know its compiler.
    private static var compiler: String {
        let output = (try? Command.run("swift", ["--version"]))?.output ?? ""
        return output.split(separator: "\n").first.map(String.init) ?? "Swift of unknown version"
    }
}
