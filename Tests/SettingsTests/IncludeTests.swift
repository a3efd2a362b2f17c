import Foundation
import Rules
import Settings
import Testing

/// A configuration of several files, in a directory of its own.
private final class Files {
    let folder = FileManager.default.temporaryDirectory.path + "/holdfast-include-\(UUID().uuidString)"
    var main: String { folder + "/holdfast.yaml" }

    init(_ files: [String: String]) throws {
        for (name, text) in files {
            let path = folder + "/" + name
            let parent = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The errors of the configuration, with paths relative to the directory.
    var complaints: String {
        do throws(ConfigurationError) {
            _ = try Settings.load(main)
            return ""
        } catch {
            return error.description.replacing(folder + "/", with: "")
        }
    }
}

@Suite("Files that a configuration includes") struct IncludeTests {
    @Test("The main file comes first, then the included files in lexical order; filters can refer to each other")
    func order() throws {
        let files = try Files([
            "holdfast.yaml": """
            include: conf.d/*.yaml
            filters: { dns: "port 53 or @extra" }
            captures: { own: { interface: eth0, filter: dns } }
            """,
            "conf.d/20-b.yaml": "captures: { b: { interface: eth1, filter: dns } }",
            "conf.d/10-a.yaml": "filters: { extra: port 5353 }\ncaptures: { a: { interface: eth2, filter: extra } }",
            "conf.d/15-empty.yaml": "# nothing",
            "conf.d/.hidden.yaml": "captures: { c: { interface: eth0 } }",
            "conf.d/readme.txt": "no YAML: [",
        ])
        let settings = try Settings.load(files.main)
        #expect(settings.captures.map(\.rule.name) == ["own", "a", "b"])
        #expect(settings.filters.map(\.name) == ["dns", "extra"])
        #expect(settings.captures[2].filter?.source.expression == "port 53 or (port 5353)")
        #expect(settings.captures[1].position.file == files.folder + "/conf.d/10-a.yaml")
        // The files that a reload reads again, including new ones.
        let read = ["conf.d/*.yaml", "conf.d/10-a.yaml", "conf.d/15-empty.yaml", "conf.d/20-b.yaml"]
        #expect(settings.files == read.map { files.folder + "/" + $0 })
        #expect(ConfigurationNames.captures(in: files.main) == ["own", "a", "b"])
        #expect(ConfigurationNames.filters(in: files.main) == ["dns", "extra"])
    }

    @Test("Included files alone may contain captures, and a pattern may match no file")
    func capturesElsewhere() throws {
        let files = try Files([
            "holdfast.yaml": "include: [conf.d/*.yaml, none.d/*.yaml, conf.d/a.yaml]",
            "conf.d/a.yaml": "captures: { a: { interface: eth0 } }",
        ])
        #expect(try Settings.load(files.main).captures.map(\.rule.name) == ["a"])
        let empty = try Files(["holdfast.yaml": "include: conf.d/*.yaml"])
        #expect(empty.complaints == "holdfast.yaml:1:1: 'captures' is missing: it must name at least one capture")
    }

    @Test("The path of a file is relative to the included file that names it")
    func relativePaths() throws {
        let files = try Files([
            "holdfast.yaml": "include: conf.d/*.yaml\ncaptures: { a: { interface: eth0, filter: bad } }",
            "conf.d/a.yaml": "filters: { bad: { hosts: bad.txt } }",
            "conf.d/bad.txt": "192.0.2.7\n",
        ])
        #expect(try Settings.load(files.main).files.last == files.folder + "/conf.d/bad.txt")
    }

    @Test("Each error names its file")
    func errors() throws {
        let files = try Files([
            "holdfast.yaml": """
            include: [conf.d/*.yaml, missing.yaml]
            filters: { dns: port 53 }
            captures:
              web: { interface: eth0, filter: dsn }
            """,
            "conf.d/10.yaml": """
            include: more.yaml
            ring: { size: 8MiB }
            filters:
              odd: tcp and @dsn
            captures:
              one: { interface: eth/0, rotate: { evry: 1h } }
            """,
            "conf.d/20.yaml": "captures: { x: @ }",
            "conf.d/30.yaml": "- eth0",
        ])
        #expect(
            files.complaints == """
                holdfast.yaml:4:35: unknown filter 'dsn' (did you mean 'dns'?)
                conf.d/10.yaml:1:1: 'include' is not allowed in an included file (only 'filters' and 'captures' are)
                conf.d/10.yaml:2:1: 'ring' is not allowed in an included file (only 'filters' and 'captures' are)
                conf.d/10.yaml:4:16: filter 'odd': unknown filter 'dsn' (did you mean 'dns'?)
                conf.d/10.yaml:6:21: 'eth/0' cannot name an interface (a name contains no blank, '/' or ':')
                conf.d/10.yaml:6:38: unknown key 'evry' (did you mean 'every'?)
                conf.d/20.yaml:1:16: not valid YAML: while scanning for the next token (line 1) found character that \
                cannot start any token (an expression that starts with '@' needs quotes)
                conf.d/30.yaml:1:1: the file must be a map of keys such as 'captures:', got a list or a single value
                missing.yaml:1:1: cannot read the file: No such file or directory
                """)
    }

    @Test("A duplicate name is an error at both positions")
    func duplicates() throws {
        let files = try Files([
            "holdfast.yaml": "include: conf.d/*.yaml\nfilters: { dns: port 53 }\ncaptures: { a: { interface: eth0 } }",
            "conf.d/1.yaml": "filters: { dns: port 5353 }\ncaptures: { b: { interface: eth0 } }",
            "conf.d/2.yaml": "captures: { b: { interface: eth1 } }",
        ])
        #expect(
            files.complaints == """
                holdfast.yaml:2:12: the name of filter 'dns' is also used at conf.d/1.yaml:1:12
                conf.d/1.yaml:1:12: the name of filter 'dns' is already used at holdfast.yaml:2:12
                conf.d/1.yaml:2:13: the name of capture 'b' is also used at conf.d/2.yaml:1:13
                conf.d/2.yaml:1:13: the name of capture 'b' is already used at conf.d/1.yaml:2:13
                """)
    }

    @Test("Only the last component of a path is a pattern, and a pattern matches at most 1000 files")
    func limits() throws {
        let files = try Files(["holdfast.yaml": "include: '*/a.yaml'\ncaptures: { a: { interface: eth0 } }"])
        #expect(
            files.complaints
                == "holdfast.yaml:1:10: 'include' must be a path of which only the last part is a pattern, "
                + "got '*/a.yaml'")
        var many = ["holdfast.yaml": "include: d/*\ncaptures: { a: { interface: eth0 } }"]
        for number in 0...1000 { many["d/\(number)"] = "" }
        #expect(try Files(many).complaints == "holdfast.yaml:1:10: 'include' matches more than 1000 files: d/*")
    }
}
