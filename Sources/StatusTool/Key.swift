/// A key of a terminal. See console_codes(4), ECMA-48 (CSI) and terminfo(5).
package enum Key: Equatable, Sendable {
    case character(Character)
    case up, down, pageUp, pageDown, home, end
    /// A key without a function in `holdfast top`.
    case other
}

/// Decodes keys from the bytes that a terminal sends.
///
/// The bytes of a key can arrive in several reads, so the reader keeps the beginning of a key. A single escape is
/// always the beginning of a sequence, never a key.
struct KeyReader: Sendable {
    private enum State {
        case plain
        /// After an escape.
        case escape
        /// After an escape and `[` or `O`; holds the bytes that followed.
        case sequence([UInt8])
    }

    private var state = State.plain

    /// Returns the keys that `bytes` complete.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Key] { bytes.compactMap { take($0) } }

    private mutating func take(_ byte: UInt8) -> Key? {
        switch (state, byte) {
        case (_, 0x1b):
            state = .escape
            return nil
        case (.plain, _):
            return .character(Character(UnicodeScalar(byte)))
        case (.escape, UInt8(ascii: "[")), (.escape, UInt8(ascii: "O")):
            state = .sequence([])
            return nil
        case (.escape, _):
            state = .plain
            return .other
        case (.sequence(let begun), 0x40...0x7e):
            state = .plain
            return KeyReader.keys[String(decoding: begun + [byte], as: UTF8.self)] ?? .other
        case (.sequence(let begun), _):
            // No sequence of a known key is longer.
            state = begun.count < 16 ? .sequence(begun + [byte]) : .plain
            return nil
        }
    }

    private static let keys: [String: Key] = [
        "A": .up, "B": .down, "H": .home, "F": .end, "1~": .home, "4~": .end, "5~": .pageUp, "6~": .pageDown,
        "7~": .home, "8~": .end,
    ]
}
