/// The limits on the sealed segments of a capture, over all its interfaces.
///
/// All limits apply. The oldest segments expire first.
public struct RetentionRule: Equatable, Sendable {
    /// The total size, in bytes.
    public var size: Int64?
    public var files: Int?
    /// Seconds since the segment's first packet.
    public var age: Int64?

    public init(size: Int64? = nil, files: Int? = nil, age: Int64? = nil) {
        (self.size, self.files, self.age) = (size, files, age)
    }

    public static let everything = RetentionRule()
}
