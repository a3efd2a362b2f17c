/// The buffers of a store: how large, how many. See `Store`.
public struct BufferGeometry: Equatable, Sendable {
    /// Bytes of each; a multiple of the page size.
    public var size: Int
    public var count: Int

    public init(size: Int, count: Int) { (self.size, self.count) = (size, count) }
}
