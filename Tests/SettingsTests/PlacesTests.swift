import Foundation
import Testing

@testable import Settings

/// The precedence of locations: option, HOLDFAST_*, the user's own, the system's.
struct PlacesTests {
    private static func places(isRoot: Bool = false, _ environment: [String: String] = [:]) -> Places {
        Places(isRoot: isRoot) { environment[$0] }
    }

    @Test("The configuration is the named file, the user's own, or the system's") func configurationPath() throws {
        let home = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: home) }
        let own = home + "/.config/holdfast/holdfast.yaml"
        #expect(Self.places(["HOME": home]).configuration == "/etc/holdfast/holdfast.yaml")
        try FileManager.default.createDirectory(
            atPath: home + "/.config/holdfast", withIntermediateDirectories: true)
        try "captures: {}".write(toFile: own, atomically: true, encoding: .utf8)
        #expect(Self.places(["HOME": home]).configuration == own)
        #expect(Self.places(["HOME": "/nowhere", "XDG_CONFIG_HOME": home + "/.config"]).configuration == own)
        #expect(Self.places(isRoot: true, ["HOME": home]).configuration == "/etc/holdfast/holdfast.yaml")
        #expect(Self.places(["HOME": home, "HOLDFAST_CONFIG": "/x.yaml"]).configuration == "/x.yaml")
        #expect(Self.places(["HOME": home, "HOLDFAST_CONFIG": ""]).configuration == own)
    }

    @Test("Without 'control', a daemon listens on the named socket, the user's own, or the system's")
    func standardSocket() {
        let runtime = ["XDG_RUNTIME_DIR": "/run/user/7"]
        #expect(Self.places().standardSocket == "/run/holdfast/control.sock")
        #expect(Self.places(runtime).standardSocket == "/run/user/7/holdfast/control.sock")
        #expect(Self.places(isRoot: true, runtime).standardSocket == "/run/holdfast/control.sock")
        #expect(Self.places(["XDG_RUNTIME_DIR": "relative"]).standardSocket == "/run/holdfast/control.sock")
        #expect(Self.places(runtime.merging(["HOLDFAST_SOCKET": "/s"]) { $1 }).standardSocket == "/s")
    }

    @Test("A client connects to the socket of the option, the environment, the configuration, or the system")
    func clientSocket() throws {
        let file = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "control: { socket: /named.sock }\nnonsense: [".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(Self.places().socket(option: nil, configuration: file) == "/run/holdfast/control.sock")
        try "control: { socket: /named.sock }\nnonsense: 1".write(toFile: file, atomically: true, encoding: .utf8)
        let environment = ["HOLDFAST_SOCKET": "/env.sock", "HOLDFAST_CONFIG": file]
        #expect(Self.places(environment).socket(option: "/option.sock", configuration: file) == "/option.sock")
        #expect(Self.places(environment).socket(option: nil, configuration: file) == "/env.sock")
        #expect(Self.places().socket(option: nil, configuration: file) == "/named.sock")
        #expect(Self.places(["HOLDFAST_CONFIG": file]).socket(option: nil, configuration: nil) == "/named.sock")
        // The user's own daemon takes precedence only while it listens.
        let idle = Self.places(["XDG_RUNTIME_DIR": "/nowhere"])
        #expect(idle.socket(option: nil, configuration: nil) == "/run/holdfast/control.sock")
    }

    @Test("A path becomes absolute") func absolutePaths() {
        let here = FileManager.default.currentDirectoryPath
        #expect(Places.absolute("captures/../x") == here + "/x")
        #expect(Places.absolute("/a/b") == "/a/b")
    }
}
