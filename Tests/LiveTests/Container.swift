import Foundation
import TestSupport
import Testing
import Traffic

/// The daemon in a container of podman (Tests/with-image), with a read-only root, CAP_NET_RAW alone and no network but
/// what a test gives it. Removed when the object is released.
final class Container {
    static let image = ProcessInfo.processInfo.environment["HOLDFAST_IMAGE"]
    /// The user in the image.
    static let user = 9718

    let name = "holdfast-\(UUID().uuidString)"
    private let folder: String

    /// Starts the daemon. The configuration and the captures are in `folder`, as volumes. `options` go to podman(1).
    init(_ configuration: String, in folder: String, _ options: [String] = []) throws {
        self.folder = folder
        try configure(configuration)
        let captures = folder + "/captures"
        try FileManager.default.createDirectory(atPath: captures, withIntermediateDirectories: true)
        try Command.check("chown", ["\(Container.user):\(Container.user)", captures])
        // The temporary folder may be closed to other users.
        try Command.check("chmod", ["755", folder, folder + "/etc"])
        try Command.check(
            "podman",
            [
                "run", "--detach", "--name", name, "--network", "none", "--read-only", "--cap-drop", "all", "--cap-add",
                "net_raw", "--volume", "\(folder)/etc:/etc/holdfast:ro", "--volume", "\(captures):/var/lib/holdfast",
            ] + options + [Container.image ?? ""])
    }

    deinit { _ = try? Command.run("podman", ["rm", "--force", "--time", "0", name]) }

    func configure(_ configuration: String) throws {
        // As the kubelet mounts a ConfigMap: the file is a link to a link to a directory, which a change replaces.
        let (path, version) = (folder + "/etc", "..\(UUID().uuidString)")
        let files = FileManager.default
        try files.createDirectory(atPath: "\(path)/\(version)", withIntermediateDirectories: true)
        try "log: json\ndirectory: /var/lib/holdfast\n\(configuration)\n".write(
            toFile: "\(path)/\(version)/holdfast.yaml", atomically: true, encoding: .utf8)
        try Command.check("ln", ["-sfnT", version, path + "/..data"])
        try Command.check("ln", ["-sfnT", "..data/holdfast.yaml", path + "/holdfast.yaml"])
    }

    private func state(_ field: String) throws -> String {
        try Command.check("podman", ["inspect", "--format", "{{.State.\(field)}}", name])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The process ID outside the container; 0 if the daemon does not run.
    var process: Int32 { get throws { Int32(try state("Pid")) ?? 0 } }
    var isRunning: Bool { get throws { try state("Status") == "running" } }

    var log: DaemonLog {
        get throws {
            let result = try Command.run("podman", ["logs", name])
            return DaemonLog(result.output + result.errors)
        }
    }

    func send(_ signal: String) throws { try Command.check("podman", ["kill", "--signal", signal, name]) }

    func wait(event: String, capture: String? = nil, interface: String? = nil) throws {
        do {
            try eventually("event \(event)") {
                try !log.events(event, capture: capture, interface: interface).isEmpty
            }
        } catch {
            Issue.record("\(error); the log:\n\(try log.text)")
            throw error
        }
    }

    /// Waits for the end of the daemon; returns its exit code, which is 137 if the kernel killed it.
    func exitCode() throws -> Int {
        try eventually("the daemon's end", within: 30) { try !isRunning }
        return Int(try state("ExitCode")) ?? -1
    }

    /// Runs a program in the container, as the daemon's user.
    func run(_ arguments: String...) throws -> Command.Result {
        try Command.run("podman", ["exec", name] + arguments)
    }

    /// Runs a program of this machine in the network of the container.
    func inNetwork(_ arguments: String...) throws -> Command.Result {
        try Command.run("nsenter", ["--target", "\(process)", "--net"] + arguments)
    }

    /// Moves an interface into the container, and sets it up there.
    func take(_ interface: String) throws {
        try Command.ip("link set \(interface) netns \(process)")
        let path = "/proc/sys/net/ipv6/conf/\(interface)/disable_ipv6"
        _ = try inNetwork("sh", "-c", "test ! -e \(path) || echo 1 > \(path)")
        try Command.check("nsenter", ["--target", "\(process)", "--net", "ip", "link", "set", interface, "up"])
    }

    /// The capture files of a capture.
    func segments(of capture: String) throws -> Segments { try Segments(in: "\(folder)/captures/\(capture)") }
}
