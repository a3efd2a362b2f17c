/// The limits on the sealed segments of a capture, over all its interfaces.
///
/// All limits apply. The oldest segments expire first.
package struct RetentionRule: Equatable, Sendable {
    /// The total size, in bytes.
    package var size: Int64?
    package var files: Int?
    /// Seconds since the segment's first packet.
    package var age: Int64?

    package init(size: Int64? = nil, files: Int? = nil, age: Int64? = nil) {
        (self.size, self.files, self.age) = (size, files, age)
    }

    package static let everything = RetentionRule()
}
