/// Damage of a capture file, and its offset.
///
/// ``CaptureReader`` throws it after it has returned the packets in front of the damage.
public struct CaptureDamage: Error, Equatable, CustomStringConvertible {
    /// The start of the damaged record or block, in bytes from the start of the file. Everything before it is intact,
    /// so the file can be cut here.
    public let offset: UInt64
    public let expected: String
    public let found: String
    /// Whether the file ends inside that record or block. It may be intact once the file has grown.
    public let isCut: Bool

    public var description: String { "byte \(offset): expected \(expected), found \(found)" }
}

/// Damage without its offset. The formats throw it, since they process one record or block at a time.
struct Mismatch: Error {
    let expected: String
    let found: String
    var isCut = false

    init(expected: String, found: String) { (self.expected, self.found) = (expected, found) }

    /// The file ends too early.
    init(expected: String, butEndsAfter count: Int) {
        self.init(expected: expected, found: "the end of the file after \(count)")
        isCut = true
    }
}
