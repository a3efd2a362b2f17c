/// Size and number of a store's buffers. See `Store`.
package struct BufferGeometry: Equatable, Sendable {
    /// Bytes per buffer; a multiple of the page size.
    package var size: Int
    package var count: Int

    package init(size: Int, count: Int) { (self.size, self.count) = (size, count) }
}
