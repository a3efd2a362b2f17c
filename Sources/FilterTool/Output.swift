import Glibc
import SystemPackage

/// Buffered standard output, for millions of lines.
package struct Output: ~Copyable {
    /// The reader closed the pipe, which is not an error.
    package struct Closed: Error {}

    private static let capacity = 1 << 16
    private var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(2 * Output.capacity) }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func append(_ number: UInt64) {
        var (rest, power) = (number, 1 as UInt64)
        while rest / power >= 10 { power *= 10 }
        while power > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / power))
            (rest, power) = (rest % power, power / 10)
        }
    }

    /// Appends eight hexadecimal digits.
    mutating func append(hexadecimal number: UInt32) {
        for shift in stride(from: 28, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> UInt32(shift) & 0xf)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    mutating func endLine() throws {
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count >= Output.capacity { try flush() }
    }

    /// Writes the buffered bytes.
    mutating func flush() throws {
        defer { bytes.removeAll(keepingCapacity: true) }
        do {
            try FileDescriptor.standardOutput.writeAll(bytes)
        } catch Errno.brokenPipe {
            throw Closed()
        } catch {
            throw CommandError(cannot: "write to", "standard output", error)
        }
    }

    /// Runs `work` and flushes, also if it throws: output from before an error comes before its message.
    mutating func flushing(_ work: (inout Output) throws -> Void) throws {
        do {
            try work(&self)
        } catch let error where !(error is Closed) {
            try flush()
            throw error
        }
        try flush()
    }

    /// Writes the buffered bytes and the whole text.
    package mutating func write(_ text: String) throws {
        append(text)
        try flush()
    }
}
