/// What is wrong with a capture file, and where.
public struct CaptureDamage: Error, Equatable, CustomStringConvertible {
    /// Where the record or block starts that cannot be read. All before it is whole, so this is also where to cut the file.
    public let offset: UInt64
    public let expected: String
    public let found: String
    /// Whether the file ends inside that record or block: more of the file, and it may be whole.
    public let isCut: Bool

    public var description: String { "byte \(offset): expected \(expected), found \(found)" }
}

/// The same without the place: what the formats throw, which see one record or block only.
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
