import BPF
import Glibc

/// A file that lists hosts: one IPv4 or IPv6 address or network per line, and comments from `#` to the end of a line.
///
/// Host names are not allowed: their addresses may change at any time.
struct HostFile {
    static let maximumSize = 64 << 20
    /// The number of errors reported; further ones are only counted. A file with so many errors is not a list.
    private static let mostDiagnostics = 20

    private let path: String
    private var (ranges4, ranges6): ([ClosedRange<UInt32>], [ClosedRange<UInt128>]) = ([], [])
    private var diagnostics: [Diagnostic] = []
    private var errorCount = 0

    /// Reads the list in the file at `path`. Throws its errors, each with its position.
    static func list(_ path: String) throws(ConfigurationError) -> HostList {
        let start = Position(file: path, line: 1, column: 1)
        let bytes: [UInt8]
        do { bytes = try RegularFile.bytes(path, limit: maximumSize) } catch {
            throw ConfigurationError([Diagnostic(at: start, "cannot read the file: \(error)")])
        }
        var file = HostFile(path: path)
        file.read(bytes)
        if file.diagnostics.isEmpty && file.ranges4.isEmpty && file.ranges6.isEmpty {
            file.diagnostics = [Diagnostic(at: start, "the list is empty: a line must have one address or network")]
        }
        guard file.diagnostics.isEmpty else { throw ConfigurationError(file.diagnostics) }
        return HostList(ipv4: file.ranges4, ipv6: file.ranges6)
    }

    private init(path: String) { self.path = path }

    private mutating func read(_ bytes: [UInt8]) {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]  // UTF-8's byte order mark
        var rest = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
        var line = 1
        while !rest.isEmpty {
            let text = rest.prefix { $0 != UInt8(ascii: "\n") }
            let start = rest.startIndex
            rest = rest[text.endIndex...].dropFirst()
            let entry = text.prefix { $0 != UInt8(ascii: "#") }.drop(while: HostFile.isBlank)
            let word = entry.prefix { !HostFile.isBlank($0) }
            if !word.isEmpty {
                let column = word.startIndex - start + 1
                if let more = entry[word.endIndex...].firstIndex(where: { !HostFile.isBlank($0) }) {
                    note("a line must have only one address or network", line, more - start + 1)
                } else if let message = add(word) {
                    note(message, line, column)
                }
            }
            line += 1
        }
        if errorCount > diagnostics.count, let last = diagnostics.last {
            diagnostics.append(
                Diagnostic(
                    file: path, line: last.line, column: last.column,
                    message: "and \(errorCount - diagnostics.count) more errors after it"))
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

    private mutating func note(_ message: String, _ line: Int, _ column: Int) {
        errorCount += 1
        guard diagnostics.count < HostFile.mostDiagnostics else { return }
        diagnostics.append(Diagnostic(file: path, line: line, column: column, message: message))
    }

    // MARK: Addresses

    /// Adds an address or a network; returns an error message if it is invalid.
    private mutating func add(_ word: ArraySlice<UInt8>) -> String? {
        let address = word.prefix { $0 != UInt8(ascii: "/") }
        let prefix = word[address.endIndex...]
        if let number: UInt32 = HostFile.parse(address, AF_INET) {
            return HostFile.add(UInt32(bigEndian: number), prefix, "IPv4", to: &ranges4)
        }
        if let number: UInt128 = HostFile.parse(address, AF_INET6) {
            return HostFile.add(UInt128(bigEndian: number), prefix, "IPv6", to: &ranges6)
        }
        return "\(HostFile.quoted(word)) not an address or a network, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32 "
            + "(a list of hosts has no names)"
    }

    /// Adds the addresses of a network; returns an error message if its prefix is invalid.
    private static func add<Address: FixedWidthInteger & UnsignedInteger>(
        _ address: Address, _ prefix: ArraySlice<UInt8>, _ family: String, to ranges: inout [ClosedRange<Address>]
    ) -> String? {
        guard !prefix.isEmpty else {
            ranges.append(address...address)
            return nil
        }
        let digits = prefix.dropFirst()
        guard (1...3).contains(digits.count), digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let length = Int(String(decoding: digits, as: UTF8.self)), length <= Address.bitWidth
        else {
            return "the prefix of an \(family) network must be a number from 0 to \(Address.bitWidth)"
        }
        let rest = length == Address.bitWidth ? 0 : Address.max >> length
        guard address & rest == 0 else {
            return "the network has bits set after its prefix of \(length) (clear them, or omit the prefix)"
        }
        ranges.append(address...(address | rest))
        return nil
    }

    /// Parses an address, in network byte order; nil if the text is not an address. Source: inet_pton(3).
    private static func parse<Address: FixedWidthInteger>(_ text: ArraySlice<UInt8>, _ family: CInt) -> Address? {
        guard (2...45).contains(text.count) else { return nil }
        var address: Address = 0
        let result = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { buffer in
            for (index, byte) in text.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
            unsafe buffer[text.count] = 0
            guard let start = buffer.baseAddress else { return CInt(0) }
            return unsafe inet_pton(family, start, &address)
        }
        return result == 1 ? address : nil
    }

    /// Quotes the word only if it consists of an address's characters: a wrong path must not disclose the contents of
    /// a file.
    private static func quoted(_ word: ArraySlice<UInt8>) -> String {
        let isAlike = word.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"): true
            default: false
            }
        }
        return isAlike && word.count <= 50 ? "'\(String(decoding: word, as: UTF8.self))' is" : "this is"
    }
}
