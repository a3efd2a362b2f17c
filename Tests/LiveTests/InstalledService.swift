import Foundation
import Testing
import Traffic

/// The package, installed in a booted systemd (Tests/in-booted-systemd), and its service.
final class InstalledService {
    static let unit = "holdfastd.service"
    static let configurationPath = "/etc/holdfast/holdfast.yaml"
    static let state = "/var/lib/holdfast"
    private let dropIn = "/run/systemd/system/holdfastd.service.d/test.conf"

    /// Installs the package, which starts the service. Then stops it, writes `configuration` and removes all captures.
    ///
    /// `isKeeping` keeps earlier captures.
    init(_ configuration: String, dropIn text: String = "", isKeeping: Bool = false) throws {
        try InstalledService.install()
        try systemctl("stop", "holdfastd")
        try systemctl("reset-failed", "holdfastd")
        try configure(configuration)
        if !isKeeping { try? FileManager.default.removeItem(atPath: InstalledService.state + "/captures") }
        let folder = (dropIn as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "[Service]\n\(text)\n".write(toFile: dropIn, atomically: true, encoding: .utf8)
        try systemctl("daemon-reload")
    }

    /// When the object was created. A cursor would be more exact, but journalctl(1) takes the first matching line for
    /// the one at the cursor.
    private let begin = Date()

    /// Removes the drop-in of the unit.
    func removeDropIn() throws {
        try FileManager.default.removeItem(atPath: (dropIn as NSString).deletingLastPathComponent)
    }

    static func install() throws {
        let state = try Command.run("dpkg-query", ["-W", "-f", "${db:Status-Status}", "holdfast"])
        guard state.output != "installed" else { return }
        let package = try #require(ProcessInfo.processInfo.environment["HOLDFAST_PACKAGE"])
        try Command.check("dpkg", ["--install", package])
    }

    func configure(_ configuration: String) throws {
        try "directory: captures\n\(configuration)\n".write(
            toFile: InstalledService.configurationPath, atomically: true, encoding: .utf8)
    }

    @discardableResult
    func systemctl(_ arguments: String...) throws -> String { try Command.check("systemctl", arguments) }

    /// Starts the service. systemctl(1) returns when the daemon captures.
    func start() throws { try systemctl("start", "holdfastd") }
    func stop() throws { try systemctl("stop", "holdfastd") }
    /// Reloads the service. Returns the exit code of systemctl(1).
    func reload() throws -> Int32 { try Command.run("systemctl", ["reload", "holdfastd"]).status }

    /// A property of the unit, as systemctl-show(1) names it.
    func property(_ name: String) throws -> String {
        try systemctl("show", "--value", "-p", name, "holdfastd").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    var process: Int32 { get throws { Int32(try property("MainPID")) ?? 0 } }

    /// The messages of the service and systemd since the test began.
    var journal: DaemonLog { get throws { DaemonLog(try journal(["-u", "holdfastd", "-o", "json"])) } }

    /// The output of journalctl(1) for that time.
    func journal(_ arguments: [String]) throws -> String {
        let since = "@" + String(format: "%.6f", begin.timeIntervalSince1970)
        return try Command.check("journalctl", arguments + ["-q", "--no-pager", "--since", since])
    }

    func segments(of capture: String) throws -> Segments {
        try Segments(in: InstalledService.state + "/captures/" + capture)
    }
}
