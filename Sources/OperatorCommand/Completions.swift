import ArgumentParser
import FilterTool
import Glibc
import Settings

/// What the shell offers for an argument.
///
/// Bash expands each word that it is offered as if it had been typed (compgen -W), so that a name with `$(...)` in it would run a
/// command. Names that come from outside are offered only where no shell finds a meaning in them.
enum Completions {
    /// The captures of the configuration.
    static let captures = CompletionKind.custom { words, _, _ in
        plain(ConfigurationNames.captures(in: configuration(words)))
    }

    /// Its filters, as `@NAME`.
    static let filters = CompletionKind.custom { words, _, _ in
        plain(ConfigurationNames.filters(in: configuration(words)).map { "@" + $0 })
    }

    /// Its filters or, where a program takes the place of the filter, files.
    static let filtersOrFiles = CompletionKind.custom { words, _, prefix in
        let hasProgram = words.contains { $0 == "--program" || $0.hasPrefix("--program=") }
        return hasProgram
            ? plain(files(startingWith: prefix))
            : plain(ConfigurationNames.filters(in: configuration(words)).map { "@" + $0 })
    }

    /// The interfaces of this host.
    static let interfaces = CompletionKind.custom { _, _, _ in plain(entries(of: "/sys/class/net")) }

    /// Link types, as libpcap calls them.
    static let linkTypes = CompletionKind.custom { _, _, _ in plain(LinkTypes.names) }

    /// The configuration that the words name.
    private static func configuration(_ words: [String]) -> String {
        let option = "--config"
        for (index, word) in words.enumerated() {
            if word == option, index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
        }
        return Places.own.configuration
    }

    private static func files(startingWith prefix: String) -> [String] {
        let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        return entries(of: folder.isEmpty ? "." : folder).map { folder + $0 }
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func plain(_ names: [String]) -> [String] {
        names.filter { name in
            name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "@._-+/:,".utf8.contains(byte)
                }
            }
        }
    }
}
