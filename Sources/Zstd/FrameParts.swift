/// Splits a frame into header and blocks without decompressing them, to find the points where a file may be cut.
///
/// It rejects frames with a checksum, which Holdfast does not write, because such a frame can end only in one place.
package struct FrameParts {
    /// The magic number at the start of a frame.
    package static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    /// The maximum size of a block's content in bytes, compressed or not.
    package static let largestContent = 1 << 17
    /// The maximum size in bytes of the header or of a block.
    package static let largest = largestContent + 32
    /// The size in bytes of a block without content.
    package static let emptySize = 3
    /// The number of bytes that determine the length of a part.
    package static let headSize = 5

    private var isInside = false
    /// Whether the most recent part was the last block of the frame.
    package private(set) var isOver = false

    package init() {}

    /// The length in bytes of the part that starts with `head`; nil after the end of the frame, or if no part starts
    /// like this.
    package mutating func next(_ head: [UInt8]) -> Int? {
        guard head.count >= 3, !isOver else { return nil }
        if !isInside {
            guard head.count >= FrameParts.headSize, head.starts(with: FrameParts.magic), head[4] >> 2 & 1 == 0 else {
                return nil
            }
            isInside = true
            return headerSize(head[4])
        }
        let word = Int(head[0]) | Int(head[1]) << 8 | Int(head[2]) << 16
        let (type, size) = (word >> 1 & 3, word >> 3)
        // Raw, one repeated byte, compressed; the fourth type is reserved.
        guard type < 3, size <= FrameParts.largestContent else { return nil }
        isOver = word & 1 == 1
        return 3 + (type == 1 ? 1 : size)
    }

    /// The size of a frame header: magic number, descriptor, window, dictionary ID, content size.
    private func headerSize(_ descriptor: UInt8) -> Int {
        let isSingleSegment = descriptor >> 5 & 1 == 1
        let dictionary = [0, 1, 2, 4][Int(descriptor & 3)]
        let content = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        return 5 + (isSingleSegment ? 0 : 1) + dictionary + content
    }
}
