import CLinux
import Glibc
import Linux
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks the daemon that listens at a Unix socket.
public struct ControlClient: Sendable {
    public let socket: String
    /// How long an answer may take. The daemon gives up on a disk that does not answer sooner.
    private static let patience = Duration.seconds(60)

    public init(socket: String) { self.socket = socket }

    public func status() async throws -> Status { try await answer(.GET, "/v1/status") }

    /// Returns when the new configuration is in force.
    public func reload() async throws -> Reloaded { try await answer(.POST, "/v1/reload") }

    /// What a reload would do; nothing is changed.
    public func previewReload() async throws -> ReloadPreview { try await answer(.POST, "/v1/reload?dry-run=true") }

    /// Returns when the open segments of a capture are sealed.
    public func rotate(_ capture: String) async throws -> Rotated {
        // Names of captures need no escapes; what does is no name, and nothing to be sent.
        guard capture.utf8.allSatisfy({ $0.isUnreserved }) else {
            throw CommandRefusal("there is no capture '\(capture)'")
        }
        return try await answer(.POST, "/v1/captures/\(capture)/rotate")
    }

    /// What was lost of a capture, and when it was not captured, between two times; nil: no limit.
    public func coverage(of capture: String, from: Moment? = nil, to: Moment? = nil) async throws -> Coverage {
        guard capture.utf8.allSatisfy({ $0.isUnreserved }) else {
            throw CommandRefusal("there is no capture '\(capture)'")
        }
        let limits = [from.map { "from=\($0)" }, to.map { "to=\($0)" }].compactMap { $0 }
        let query = limits.isEmpty ? "" : "?" + limits.joined(separator: "&")
        return try await answer(.GET, "/v1/captures/\(capture)/coverage\(query)")
    }

    private func answer<Answer: Decodable & Sendable>(_ method: HTTPMethod, _ path: String) async throws -> Answer {
        let (status, body): (HTTPResponseStatus, [UInt8])
        do {
            (status, body) = try await patiently { try await exchange(method, path) }
        } catch is ChannelError {
            throw ControlError.silent(socket: socket)
        }
        if status == .forbidden, let refused = try? Coding.decode(CommandRefusal.self, from: body) {
            throw ControlError.forbidden(refused.error)
        }
        guard status == .ok else {
            throw (try? Coding.decode(CommandRefusal.self, from: body))
                ?? CommandRefusal("the daemon answered \(status)")
        }
        do {
            return try Coding.decode(Answer.self, from: body)
        } catch {
            throw CommandRefusal("the daemon's answer is not what this release understands: \(error)")
        }
    }

    /// Gives up when it takes too long.
    private func patiently<Answer: Sendable>(
        _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: ControlClient.patience)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else { throw ControlError.silent(socket: socket) }
            return answer
        }
    }

    /// One request over a connection of its own.
    private func exchange(_ method: HTTPMethod, _ path: String) async throws -> (HTTPResponseStatus, [UInt8]) {
        try await connection().executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
            head.headers.add(contentsOf: [("host", "localhost"), ("connection", "close"), ("content-length", "0")])
            // In one piece: the head alone is a whole request, whose answer may close the connection before the end is written.
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            var (status, body): (HTTPResponseStatus?, [UInt8]) = (nil, [])
            for try await part in inbound {
                switch part {
                case .head(let head): status = head.status
                case .body(let bytes): body += bytes.readableBytesView
                case .end: break
                }
            }
            guard let status else { throw ControlError.silent(socket: socket) }
            return (status, body)
        }
    }
}

extension ControlClient {
    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connection() async throws -> Connection {
        while true {
            do {
                return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(unixDomainSocketPath: socket) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHTTPClientHandlers()
                            return try Connection(wrappingChannelSynchronously: channel)
                        }
                    }
            } catch let error as IOError {
                guard error.errnoCode == EAGAIN else { throw ControlError(error.errnoCode, socket: socket) }
                // More want to connect than the kernel lets wait.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

/// Why the daemon could not be asked: a sentence that says what to do.
public enum ControlError: Error, CustomStringConvertible {
    case notRunning(socket: String)
    /// A folder above the socket, or another daemon's socket, lets nobody connect.
    case notPermitted(socket: String, group: String?)
    /// The daemon does not do it for this user: its own words.
    case forbidden(String)
    case silent(socket: String)
    case system(socket: String, reason: String)

    init(_ number: CInt, socket: String) {
        switch number {
        case ENOENT, ECONNREFUSED, ENOTDIR: self = .notRunning(socket: socket)
        case EACCES, EPERM: self = .notPermitted(socket: socket, group: ControlError.group(of: socket))
        default: self = .system(socket: socket, reason: unsafe String(cString: strerror(number)))
        }
    }

    public var description: String {
        switch self {
        case .notRunning(let socket):
            "no daemon listens at \(socket): start it with 'systemctl start holdfastd', or name the socket of a running one "
                + "with --socket"
        case .notPermitted(let socket, let group):
            "not permitted to connect to \(socket): "
                + (group.map { "its group is '\($0)' (usermod -aG \($0) USER), or use sudo" } ?? "use sudo")
        case .forbidden(let sentence): sentence
        case .silent(let socket): "the daemon at \(socket) does not answer"
        case .system(let socket, let reason): "cannot connect to \(socket): \(reason)"
        }
    }

    /// The group of the socket, or of the folder that hides it.
    private static func group(of socket: String) -> String? {
        let folder = socket.lastIndex(of: "/").map { String(socket[..<$0]) } ?? "."
        var status = stat()
        for path in [socket, folder] where unsafe stat(path, &status) == 0 {
            // Nobody should be told to join root's.
            return status.st_gid == 0 ? nil : Group.name(of: status.st_gid)
        }
        return nil
    }
}

extension UInt8 {
    /// RFC 3986, 2.3.
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
