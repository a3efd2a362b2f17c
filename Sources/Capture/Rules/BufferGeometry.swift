/// Size and number of a store's buffers. See `Store`.
public struct BufferGeometry: Equatable, Sendable {
    /// Bytes per buffer; a multiple of the page size.
    public var size: Int
    public var count: Int

    public init(size: Int, count: Int) { (self.size, self.count) = (size, count) }
}
