import CLinux
import Glibc
package import Linux
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of the daemon's control socket.
package struct ControlClient: Sendable {
    package let socket: String
    /// The limit for one request. The daemon gives up on a stalled disk earlier.
    private static let patience = Duration.seconds(60)

    package init(socket: String) { self.socket = socket }

    package func status() async throws -> Status { try await answer(.GET, "/v1/status") }

    /// Reloads the configuration. Returns once the new configuration is applied.
    package func reload() async throws -> Reloaded { try await answer(.POST, "/v1/reload") }

    /// Reports what a reload would do, without any change.
    package func previewReload() async throws -> ReloadPreview { try await answer(.POST, "/v1/reload?dry-run=true") }

    /// Seals the open segments of a capture. Returns once they are sealed.
    package func rotate(_ capture: String) async throws -> Rotated {
        // Capture names need no escaping. A name that does cannot exist and is not sent.
        guard capture.utf8.allSatisfy({ $0.isUnreserved }) else {
            throw CommandRefusal("there is no capture '\(capture)'")
        }
        return try await answer(.POST, "/v1/captures/\(capture)/rotate")
    }

    /// Reports the packets lost and the intervals without capture of one capture, between two times; nil means no
    /// limit.
    package func coverage(of capture: String, from: Timestamp? = nil, to: Timestamp? = nil) async throws -> Coverage {
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
            throw CommandRefusal("cannot decode the daemon's answer: \(error) (the daemon may be of another release)")
        }
    }

    /// Throws if the work exceeds the time limit.
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

    /// Sends one request over its own connection.
    private func exchange(_ method: HTTPMethod, _ path: String) async throws -> (HTTPResponseStatus, [UInt8]) {
        try await connection().executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
            head.headers.add(contentsOf: [("host", "localhost"), ("connection", "close"), ("content-length", "0")])
            // Written together, because the head alone is a complete request: its response may close the connection
            // before the end is written.
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
                // The listen backlog is full.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

/// The daemon cannot be reached. The description states what to do.
package enum ControlError: Error, CustomStringConvertible {
    case notRunning(socket: String)
    /// The permissions of a directory above the socket, or of another daemon's socket, forbid the connection.
    case notPermitted(socket: String, group: String?)
    /// The daemon rejects the command for this user; the value is its message.
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

    package var description: String {
        switch self {
        case .notRunning(let socket):
            "no daemon listens at \(socket): start it with 'systemctl start holdfastd', or name the socket of a "
                + "running daemon with --socket"
        case .notPermitted(let socket, let group):
            "not permitted to connect to \(socket): "
                + (group.map { "its group is '\($0)' (usermod -aG \($0) USER), or use sudo" } ?? "use sudo")
        case .forbidden(let sentence): sentence
        case .silent(let socket): "the daemon at \(socket) does not answer"
        case .system(let socket, let reason): "cannot connect to \(socket): \(reason)"
        }
    }

    /// The group of the socket, or of the directory that denies access to it.
    private static func group(of socket: String) -> String? {
        let folder = socket.lastIndex(of: "/").map { String(socket[..<$0]) } ?? "."
        var status = stat()
        for path in [socket, folder] where unsafe stat(path, &status) == 0 {
            // Membership in root's group is not a suitable recommendation.
            return status.st_gid == 0 ? nil : Group.name(of: status.st_gid)
        }
        return nil
    }
}

extension UInt8 {
    /// Unreserved characters as in RFC 3986, section 2.3.
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
