import CLinux
import Glibc
import SystemPackage

/// The machine this runs on, in words: for those who find its files elsewhere.
public enum Host {
    /// The operating system's name and release. See uname(2).
    public static let system: String = {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "Linux" }
        return text(&names.sysname) + " " + text(&names.release)
    }()

    /// What the machine is called now, at most `longestName` bytes. See gethostname(2).
    public static var name: String {
        var names = utsname()
        return unsafe uname(&names) == 0 ? text(&names.nodename) : ""
    }

    /// HOST_NAME_MAX.
    public static let longestName = 64

    /// What its processor is called, or at least its architecture. See proc_cpuinfo(5).
    public static let hardware: String = {
        for line in firstLines(of: "/proc/cpuinfo") where line.hasPrefix("model name") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "unknown" }
        return text(&names.machine)
    }()

    /// Whether a process is dead, though threads of it may still be in the kernel. See proc(5), /proc/PID/stat.
    static func isEnded(process: Int32) -> Bool {
        // Behind the program's name, which may contain anything, stands the state.
        let state = firstLines(of: "/proc/\(process)/stat").first?.split(separator: ")").last?.split(separator: " ")
            .first
        return state == "Z" || state == "X"
    }

    /// A C string that fills an array of characters.
    private static func text<Characters>(_ characters: inout Characters) -> String {
        unsafe withUnsafeBytes(of: &characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// What is said about the first processor is at the beginning; there may be hundreds.
    private static func firstLines(of path: String) -> [Substring] {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return [] }
        defer { try? file.close() }
        let bytes = try? unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n")
    }
}
