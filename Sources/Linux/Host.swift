import CLinux
import Glibc
import SystemPackage

/// The names of this machine and its system, for the headers of capture files.
package enum Host {
    /// The operating system's name and release. See uname(2).
    package static let system: String = {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "Linux" }
        return text(&names.sysname) + " " + text(&names.release)
    }()

    /// The current host name, at most `longestName` bytes. See gethostname(2).
    package static var name: String {
        var names = utsname()
        return unsafe uname(&names) == 0 ? text(&names.nodename) : ""
    }

    /// HOST_NAME_MAX, in bytes.
    package static let longestName = 64

    /// The model of the processor, or else the architecture. See proc_cpuinfo(5).
    package static let hardware: String = {
        for line in firstLines(of: "/proc/cpuinfo") where line.hasPrefix("model name") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "unknown" }
        return text(&names.machine)
    }()

    /// Whether a process is dead, even if some of its threads are still in the kernel. See proc(5), /proc/PID/stat.
    static func isEnded(process: Int32) -> Bool {
        // The state follows the program's name, which may contain any byte.
        let state = firstLines(of: "/proc/\(process)/stat").first?.split(separator: ")").last?.split(separator: " ")
            .first
        return state == "Z" || state == "X"
    }

    /// The text of a C string in a fixed array of characters.
    private static func text<Characters>(_ characters: inout Characters) -> String {
        unsafe withUnsafeBytes(of: &characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// The lines in the first 4096 bytes of a file of the kernel; empty if it cannot be read.
    static func firstLines(of path: String) -> [Substring] {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return [] }
        defer { try? file.close() }
        let bytes = try? unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n")
    }
}
