import Glibc

/// A numeric host address with a port: `127.0.0.1:9718`, `[::1]:9718`.
package struct NumericAddress: Equatable, Sendable, LosslessStringConvertible {
    package let description: String
    private let bytes: [UInt8]
    package let port: UInt16

    /// Parses that form; nil for any other.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return nil
        }
        let host = text[..<colon]
        let isIPv6 = host.hasPrefix("[") && host.hasSuffix("]")
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        let number = isIPv6 ? String(host.dropFirst().dropLast()) : String(host)
        guard unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, number, &bytes) == 1 else { return nil }
        (self.bytes, self.port, description) = (bytes, port, text)
    }

    var isIPv6: Bool { bytes.count == 16 }

    var inet: sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        unsafe withUnsafeMutableBytes(of: &address.sin_addr) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    var inet6: sockaddr_in6 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    /// Whether `text` is a host address without port and brackets. See inet_pton(3).
    package static func isHost(_ text: String) -> Bool {
        var bytes: [16 of UInt8] = .init(repeating: 0)
        return unsafe inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
    }

    /// Whether only this host can reach the address.
    package var isLoopback: Bool { isIPv6 ? bytes == [UInt8](repeating: 0, count: 15) + [1] : bytes[0] == 127 }
}
