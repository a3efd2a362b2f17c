/// The notation of interface names in the status, the log, metrics and file names.
///
/// The kernel accepts almost any bytes as a name, including control characters and invalid UTF-8 (dev_valid_name,
/// net/core/dev.c). Here a name is plain text that a terminal shows unchanged, and that is equal to no other name.
/// Any other byte becomes `\xNN`. Swift compares strings by canonical equivalence, so of two spellings of a letter
/// one stays, and the other becomes bytes.
package enum InterfaceName {
    /// The longest name: 15 bytes, which the kernel permits, each written as `\xNN`.
    package static let maximumLength = 15 * 4

    /// The notation of a name.
    package static func text(of bytes: some Collection<UInt8>) -> String {
        guard let name = String(validating: bytes, as: UTF8.self) else {
            return bytes.map { isPlain($0) ? String(UnicodeScalar($0)) : escape($0) }.joined()
        }
        return name.unicodeScalars.map { scalar in
            isPlain(scalar) ? String(scalar) : String(scalar).utf8.map(escape).joined()
        }.joined()
    }

    /// The bytes of the name that `text` denotes. Text without escapes denotes its own bytes.
    package static func bytes(of text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let code = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
            guard byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), code.utf8.count == 2,
                let escaped = UInt8(code, radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(escaped)
            rest = rest.dropFirst(3)
        }
        return bytes
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "\\")
    }

    /// Whether a character is visible and is neither a combining part nor a second spelling of another character. See
    /// UAX #15, "Quick Check".
    private static func isPlain(_ scalar: UnicodeScalar) -> Bool {
        guard !scalar.isASCII else { return isPlain(UInt8(scalar.value)) }
        let properties = scalar.properties
        guard !properties.isFullCompositionExclusion, !(0x1100...0x11ff).contains(scalar.value) else { return false }
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol,
            .otherSymbol:
            true
        default: false
        }
    }

    private static func escape(_ byte: UInt8) -> String { "\\x" + byte.hexadecimal }
}

extension String {
    /// The text, made safe for a terminal or a log. Each byte of a control character (C0, C1, marks of direction, line
    /// separators) becomes `\xNN`, except for the characters in `kept`.
    package func printable(keeping kept: Set<UnicodeScalar> = []) -> String {
        guard unicodeScalars.contains(where: { $0.isControlling && !kept.contains($0) }) else { return self }
        return unicodeScalars.map { scalar in
            scalar.isControlling && !kept.contains(scalar)
                ? String(scalar).utf8.map { "\\x" + $0.hexadecimal }.joined() : String(scalar)
        }.joined()
    }
}

extension UnicodeScalar {
    fileprivate var isControlling: Bool {
        guard !isASCII else { return value < 0x20 || value == 0x7f }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: properties.isBidiControl
        default: false
        }
    }
}

extension UInt8 {
    /// Two hexadecimal digits.
    fileprivate var hexadecimal: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}
