import Glibc
public import SystemPackage

/// A system call that failed: what was tried, on what, why, and what may help.
public struct SystemError: Error, Hashable, CustomStringConvertible {
    /// What was tried, so that "cannot OPERATION SUBJECT" reads as a sentence: `open`, `attach the filter to`.
    public let operation: String
    /// On what: a path, an interface.
    public let subject: String
    /// Why, in the kernel's word.
    public let errno: Errno
    /// What the operator can do, where there is something to say.
    public let advice: String?

    public init(_ operation: String, _ subject: String, _ errno: Errno, advice: String? = nil) {
        (self.operation, self.subject, self.errno, self.advice) = (operation, subject, errno, advice)
    }

    /// Whether the machine lacks something now that it may have later: descriptors, memory, threads.
    public var isPassing: Bool {
        let passing: [Errno] = [
            .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace, .resourceTemporarilyUnavailable,
        ]
        return passing.contains(errno)
    }

    public var description: String {
        let cause = "cannot \(operation) \(subject): \(errno)"
        return advice.map { "\(cause) (\($0))" } ?? cause
    }
}

/// As it goes from one process of the daemon to another; the kernel's number stands for its word.
extension SystemError: Codable {
    private enum Key: CodingKey { case operation, subject, errno, advice }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            try fields.decode(String.self, forKey: .operation), try fields.decode(String.self, forKey: .subject),
            Errno(rawValue: try fields.decode(CInt.self, forKey: .errno)),
            advice: try fields.decodeIfPresent(String.self, forKey: .advice))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(operation, forKey: .operation)
        try fields.encode(subject, forKey: .subject)
        try fields.encode(errno.rawValue, forKey: .errno)
        try fields.encodeIfPresent(advice, forKey: .advice)
    }
}

/// Calls the kernel until a signal no longer interrupts it: the one place that knows -1, `errno` and EINTR.
@discardableResult
func systemCall<Result: SignedInteger & FixedWidthInteger>(_ body: () -> Result) throws(Errno) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw Errno(rawValue: errno) }
    }
}

/// The same, with the failure put in a sentence.
@discardableResult
func systemCall<Result: SignedInteger & FixedWidthInteger>(
    _ operation: String, _ subject: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    do { return try systemCall(body) } catch { throw SystemError(operation, subject(), error) }
}
