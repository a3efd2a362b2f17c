/// Cuts a frame into its parts, the header and each block, without unpacking them: as much as one has to know to stop where
/// a file may end. A frame with a checksum, which we do not write, may end in one place only, and is not taken.
public struct FrameParts {
    /// How a frame begins.
    public static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    /// No block holds more bytes, and none takes more.
    public static let largestContent = 1 << 17
    /// Neither the header nor a block is longer.
    public static let largest = largestContent + 32
    /// A block without content.
    public static let emptySize = 3
    /// As many bytes as tell how long a part is.
    public static let headSize = 5

    private var isInside = false
    /// The block that was cut off last is the frame's last one.
    public private(set) var isOver = false

    public init() {}

    /// How long the part is that starts with the bytes `head`; nil where the frame is over, or these are no part's beginning.
    public mutating func next(_ head: [UInt8]) -> Int? {
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
        // Plain, one byte repeated, packed; the fourth does not exist.
        guard type < 3, size <= FrameParts.largestContent else { return nil }
        isOver = word & 1 == 1
        return 3 + (type == 1 ? 1 : size)
    }

    /// Magic number, a byte that says what follows: window, number of a dictionary, size of the content.
    private func headerSize(_ descriptor: UInt8) -> Int {
        let isSingleSegment = descriptor >> 5 & 1 == 1
        let dictionary = [0, 1, 2, 4][Int(descriptor & 3)]
        let content = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        return 5 + (isSingleSegment ? 0 : 1) + dictionary + content
    }
}
