import Linux
import Pcap
import Segments
import Zstd

extension FuzzTarget {
    /// An open segment after a crash; compressed if the first byte is odd. After the repair, it must be intact and
    /// contain the same packets.
    static let repair = FuzzTarget("repair", seeds: RepairSeeds.all) { input in
        guard !input.isEmpty else { return }
        let isPacked = unsafe input.unsafeLoad(as: UInt8.self) & 1 == 1
        let compression: Compression = isPacked ? .zstd : .none
        let file = input.extracting(droppingFirst: 1).array
        let whole = part(of: file, compression)
        require(whole.end <= file.count, "more is whole than there is")
        guard whole.packets > 0 else { return }
        let repaired = file.prefix(Int(whole.end)) + whole.completion
        let again = part(of: Array(repaired), compression)
        require(again.packets == whole.packets, "packets are lost by the repair, or made")
        require(again.end == repaired.count && again.completion.isEmpty, "what was repaired is not whole")
    }
}

private func part(of file: [UInt8], _ compression: Compression) -> IntactPrefix {
    do {
        return try IntactPrefix(compression) { buffer, offset in
            let next = file.dropFirst(Int(offset)).prefix(buffer.byteCount)
            unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: next) }
            return next.count
        }
    } catch {
        fatalError("\(error)")
    }
}

/// Complete segments of every kind, and their prefixes.
private enum RepairSeeds {
    static let all: [[UInt8]] = CaptureSeeds.ours.flatMap { plain -> [[UInt8]] in
        [[0] + plain, [1] + packed(plain) + FrameEncoder.ending].flatMap { seed in
            [seed] + (1...7).map { Array(seed.prefix(seed.count * $0 / 8)) }
        }
    }

    /// Compressed in three pieces, like three hold buffers.
    private static func packed(_ plain: [UInt8]) -> [UInt8] {
        guard var encoder = try? FrameEncoder() else { fatalError("no memory") }
        let (first, second) = (plain.count / 3, plain.count * 2 / 3)
        return [plain[..<first], plain[first..<second], plain[second...]].flatMap { piece -> [UInt8] in
            var bytes = [UInt8](repeating: 0, count: FrameEncoder.bound(piece.count))
            var span = bytes.mutableSpan
            var room = unsafe span.mutableBytes
            guard let count = unsafe try? encoder.encode(Array(piece).span.bytes, into: &room) else { fatalError() }
            return Array(bytes[..<count])
        }
    }
}
