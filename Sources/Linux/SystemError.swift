import Glibc
package import SystemPackage

/// A failed system call: the operation, its subject, the reason, and advice.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    /// The operation, so that "cannot OPERATION SUBJECT" is a sentence: `open`, `attach the filter to`.
    package let operation: String
    /// Its subject: a path, an interface.
    package let subject: String
    /// The reason, as the kernel's error number.
    package let errno: Errno
    /// What the operator can do, where there is something.
    package let advice: String?

    package init(_ operation: String, _ subject: String, _ errno: Errno, advice: String? = nil) {
        (self.operation, self.subject, self.errno, self.advice) = (operation, subject, errno, advice)
    }

    /// Whether the machine lacks a resource that may be available later: descriptors, memory, threads.
    package var isPassing: Bool {
        let passing: [Errno] = [
            .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .noBufferSpace, .resourceTemporarilyUnavailable,
        ]
        return passing.contains(errno)
    }

    package var description: String {
        let cause = "cannot \(operation) \(subject): \(errno)"
        return advice.map { "\(cause) (\($0))" } ?? cause
    }
}

/// The form in which one process of the daemon sends it to another. The error number represents the reason.
extension SystemError: Codable {
    private enum Key: CodingKey { case operation, subject, errno, advice }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            try fields.decode(String.self, forKey: .operation), try fields.decode(String.self, forKey: .subject),
            Errno(rawValue: try fields.decode(CInt.self, forKey: .errno)),
            advice: try fields.decodeIfPresent(String.self, forKey: .advice))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(operation, forKey: .operation)
        try fields.encode(subject, forKey: .subject)
        try fields.encode(errno.rawValue, forKey: .errno)
        try fields.encodeIfPresent(advice, forKey: .advice)
    }
}

/// Runs a system call and repeats it after EINTR. The only code that handles -1 and `errno`.
@discardableResult
func systemCall<Result: SignedInteger & FixedWidthInteger>(_ body: () -> Result) throws(Errno) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw Errno(rawValue: errno) }
    }
}

/// Runs a system call and repeats it after EINTR. Throws a failure with its operation and subject.
@discardableResult
func systemCall<Result: SignedInteger & FixedWidthInteger>(
    _ operation: String, _ subject: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    do { return try systemCall(body) } catch { throw SystemError(operation, subject(), error) }
}
