import SystemPackage

/// An error message of a command.
package struct CommandError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// An error of a system call on a file: "cannot read FILE: No such file or directory".
    init(cannot operation: String, _ path: String, _ error: any Error) {
        self.init("cannot \(operation) \(path): \(error)")
    }
}
