import SystemPackage

/// Why a command cannot go on: a sentence for whoever typed it.
public struct CommandError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// A file that a system call failed on: "cannot read FILE: No such file or directory".
    init(cannot operation: String, _ path: String, _ error: any Error) {
        self.init("cannot \(operation) \(path): \(error)")
    }
}
