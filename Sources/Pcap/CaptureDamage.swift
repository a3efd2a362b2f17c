/// What is wrong with a capture file, and where.
public struct CaptureDamage: Error, Equatable, CustomStringConvertible {
    /// Where the record or block starts that cannot be read. All before it is whole, so this is also where to cut the file.
    public let offset: UInt64
    public let expected: String
    public let found: String

    public var description: String { "byte \(offset): expected \(expected), found \(found)" }
}

/// The same before anybody has said where: what the formats throw, which see one record or block only.
struct Mismatch: Error {
    let expected: String
    let found: String

    init(expected: String, found: String) { (self.expected, self.found) = (expected, found) }
}
