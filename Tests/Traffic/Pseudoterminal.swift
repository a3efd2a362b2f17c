import CTraffic
import Glibc
import Linux
public import SystemPackage

/// A terminal of which this process is the screen and the keyboard. See pty(7).
public struct Pseudoterminal: ~Copyable {
    private let descriptor: Descriptor
    /// Its path for other processes.
    public let path: String
    /// Everything that was written to it.
    private var written: [UInt8] = []

    public init(rows: UInt16, columns: UInt16) throws(Errno) {
        var name = [CChar](repeating: 0, count: 64)
        let number = unsafe traffic_open_terminal(&name, UInt32(name.count), rows, columns)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        descriptor = Descriptor(owning: number)
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Presses keys.
    public func type(_ text: String) throws(Errno) {
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { unsafe write(descriptor.number, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw Errno(rawValue: errno) }
    }

    /// Everything that was written to it so far.
    public mutating func text() -> String {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while unsafe poll(&entry, 1, 0) == 1 {
            let count = unsafe read(descriptor.number, &bytes, bytes.count)
            // EIO: no process has it open.
            guard count > 0 else { break }
            written += bytes.prefix(count)
        }
        return String(decoding: written, as: UTF8.self)
    }

    /// The lines of the last picture of `holdfast top`, which begins a picture at the upper left.
    public mutating func picture() -> [String] {
        let pictures = text().components(separatedBy: "\u{1b}[H")
        return (pictures.last ?? "").replacing("\u{1b}[K", with: "").replacing("\u{1b}[J", with: "")
            // The terminal turns each "\n" into "\r\n".
            .replacing("\r\r\n", with: "\r\n").split(separator: "\r\n", omittingEmptySubsequences: false).map {
                String($0).withoutColours
            }
    }
}

extension String {
    /// The text without the codes for colours (ECMA-48, SGR).
    public var withoutColours: String { replacing(/\u{1b}\[[0-9;]*m/, with: "") }

    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
