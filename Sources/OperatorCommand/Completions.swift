import ArgumentParser
import FilterTool
import Glibc
import Settings

/// The words that the shell offers for an argument.
///
/// Bash expands the offered words as if they were typed (compgen -W), so a name that contains `$(...)` would run a
/// command. `plain` therefore removes every name with a character that is special in a shell.
enum Completions {
    /// Names of captures in the configuration.
    static let captures = CompletionKind.custom { words, _, _ in
        plain(ConfigurationNames.captures(in: configuration(words)))
    }

    /// Names of filters in the configuration, as `@NAME`.
    static let filters = CompletionKind.custom { words, _, _ in
        plain(ConfigurationNames.filters(in: configuration(words)).map { "@" + $0 })
    }

    /// Names of filters, or files if `--program` replaces the filter.
    static let filtersOrFiles = CompletionKind.custom { words, _, prefix in
        let hasProgram = words.contains { $0 == "--program" || $0.hasPrefix("--program=") }
        return hasProgram
            ? plain(files(startingWith: prefix))
            : plain(ConfigurationNames.filters(in: configuration(words)).map { "@" + $0 })
    }

    /// Names of the interfaces of this host.
    static let interfaces = CompletionKind.custom { _, _, _ in plain(entries(of: "/sys/class/net")) }

    /// Names of link types, as libpcap defines them.
    static let linkTypes = CompletionKind.custom { _, _, _ in plain(LinkTypes.names) }

    /// The configuration that `--config` names among the words typed so far, or the default one.
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
